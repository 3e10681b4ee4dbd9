"""A leash: a program that dies with its parent, however the parent dies.

``python -m launch.leash TERM valkey-server …`` becomes that program, after having asked the kernel to send it
the signal as soon as its parent is gone. The parent may be killed by ``SIGKILL`` and have no time to tell.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def leashed(command: list[str], number: signal.Signals) -> list[str]:
    """The command line that runs ``command`` on a leash: its parent's death sends it the signal."""
    return [sys.executable, "-m", "launch.leash", number.name.removeprefix("SIG"), *command]


def adopt_orphans() -> None:
    """Makes this process the parent of every descendant whose own parent dies, so that it can end them."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def main() -> None:
    """Becomes the program of the command line."""
    number = signal.Signals[f"SIG{sys.argv[1]}"]
    parent = os.getppid()
    _prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        sys.exit(1)  # the parent died before the leash was on
    command = sys.argv[2:]
    os.execvp(command[0], command)  # noqa: S606 -- no shell is wanted


def _prctl(option: int, argument: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, argument, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl failed")


if __name__ == "__main__":
    main()
