"""What the trainer arranges with the operating system. Imports no TensorFlow."""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

_PR_SET_PDEATHSIG = 1
_NO_ROOM_SHARE = 0.02


def keep_files_private() -> None:
    """Have what is written from now on be for this user alone; a supervisor that was started otherwise may not."""
    os.umask(0o077)  # `settings.privacy` does the same, and takes 10 MB with it


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends (Linux; elsewhere the pipe's end tells).

    Raises:
        OSError: The kernel refused.
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@contextmanager
def output_to(path: Path) -> Generator[None]:
    """Send all that is printed meanwhile, by Python or native code, to the end of this file."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):  # the disk is full: what could not be written is lost
                stream.flush()
        for descriptor, before in zip((1, 2), saved, strict=True):
            os.dup2(before, descriptor)
            os.close(before)


def resident_bytes() -> int:
    """The memory this process holds now, without what is mapped from files: the kernel takes that back at will."""
    memory = psutil.Process().memory_info()
    return memory.rss - getattr(memory, "shared", 0)  # Linux alone tells what is shared


def limit_memory(most_bytes: int) -> int:
    """Have allocations fail that would take this process beyond so many bytes of private, writable memory.

    Call it once TensorFlow is imported and set up: what is allocated by then is counted.

    Returns:
        What is left of it for a job.

    Raises:
        MemoryError: So much is taken already.
    """
    left = most_bytes - _private_bytes()
    if left <= 0:
        raise MemoryError(f"TensorFlow itself uses more than the {most_bytes} bytes that this trainer can use.")
    resource.setrlimit(resource.RLIMIT_DATA, (most_bytes, most_bytes))
    return left


def is_memory_used_up() -> bool:
    """Whether the process stands at the limit of its memory."""
    most_bytes, _ = resource.getrlimit(resource.RLIMIT_DATA)
    return most_bytes != resource.RLIM_INFINITY and _private_bytes() > (1 - _NO_ROOM_SHARE) * most_bytes


def _private_bytes() -> int:
    """What RLIMIT_DATA counts. Linux alone tells."""
    return getattr(psutil.Process().memory_info(), "data", 0)
