"""How much memory there is, what a process uses of it, and whether the kernel has killed for want of it."""

from collections.abc import Sequence
from pathlib import Path

import psutil

_VMSTAT = Path("/proc/vmstat")
_CGROUP_EVENTS = Path("/sys/fs/cgroup/memory.events")
_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def usable_bytes(cgroup_limits: Sequence[Path] = _CGROUP_LIMITS) -> int:
    """The memory of this machine, or of this container where that is limited to less (cgroup v2 or v1)."""
    total = psutil.virtual_memory().total
    for path in cgroup_limits:
        try:
            limit = path.read_text().strip()
        except OSError:
            continue
        if limit.isdigit():  # without a limit cgroup v2 says "max", v1 a number beyond any machine
            return min(total, int(limit))
    return total


def own_bytes(process: psutil.Process) -> int:
    """The memory that would come free with the process: what is resident, less what is mapped from files and shared.

    Raises:
        psutil.NoSuchProcess: If it has ended.
    """
    memory = process.memory_info()
    return memory.rss - getattr(memory, "shared", 0)  # Linux alone tells what is shared


def kernel_oom_kills(vmstat: Path = _VMSTAT, cgroup_events: Path = _CGROUP_EVENTS) -> int:
    """How many processes the kernel's out-of-memory killer has killed so far; 0 where the kernel does not tell.

    The counter of this container (cgroup v2) is taken where there is one: the machine's counts other people's dead
    as well. Two readings tell whether it struck in between.
    """
    for path in (cgroup_events, vmstat):
        try:
            lines = path.read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            name, _, count = line.partition(" ")
            if name == "oom_kill":
                return int(count)
    return 0
