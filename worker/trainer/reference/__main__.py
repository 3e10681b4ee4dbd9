"""``python -m worker.trainer.reference BYTES``: `program`, all of it at a low priority and within its bounds."""

import os
import resource
import sys

NICENESS = 10
MOST_SECONDS = 10
"""Of processor time; the kernel ends it after that."""


def main() -> int:
    """Find out, and tell."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from worker.trainer.reference.program import run  # noqa: PLC0415 -- at this priority, too

    return run(int(sys.argv[1]))


if __name__ == "__main__":
    sys.exit(main())
