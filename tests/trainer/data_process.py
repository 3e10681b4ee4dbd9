"""``python -m tests.trainer.data_process FOLDER KEY``: prepares rows, when its input says so.

It prints ``writing`` when it is in the midst of it, and waits for a line; then the sum and the folder's inode of what
it got, and waits for another before it ends.
"""

import os
import sys
from pathlib import Path

import numpy as np

from worker.trainer.data.files import DataFiles
from worker.trainer.data.parts import Part
from worker.trainer.untyped import Array

ROWS = 1000


def part(value: float) -> Part:
    """Rows of four equal numbers."""
    return Part(
        "training_features", (ROWS, 4), np.dtype("float32"), lambda rows: np.full((rows.stop - rows.start, 4), value)
    )


def say(words: str) -> None:
    """Print a line, and wait for one."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
    sys.stdin.readline()


def main() -> None:
    """As the module says."""

    def piece(rows: slice) -> Array:
        say("writing")
        return part(1.0).piece(rows)

    slow = Part("training_features", (ROWS, 4), np.dtype("float32"), piece)
    shared = DataFiles(Path(sys.argv[1]), 2**30).get(sys.argv[2], lambda: [slow])
    total = float(shared.arrays["training_features"].sum())
    say(f"{total:g} {os.fstat(shared.descriptor).st_ino}")


if __name__ == "__main__":
    main()
