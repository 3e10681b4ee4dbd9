"""The worker's own disk, as opposed to the storage."""

import errno

DISK_FULL = "The disk of the worker is full."
_FULL = (errno.ENOSPC, errno.EDQUOT)


def is_disk_full(error: BaseException) -> bool:
    """Whether an error says that it is."""
    return isinstance(error, OSError) and error.errno in _FULL
