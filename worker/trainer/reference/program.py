"""Tells how good simple models are on the rows of a job.

It reads a `worker.reference_messages.Prepared` as a line of JSON, and writes a `Reference` a line, so that what it has
found counts when it is killed. Of the rows it says nothing but that, and of its failures only their kind.
"""

import sys
from pathlib import Path

from worker.reference_messages import GONE, decode_prepared
from worker.trainer.data.files import shared_arrays
from worker.trainer.data.prepared_rows import PreparedRows
from worker.trainer.process import die_with_parent, keep_files_private, limit_memory
from worker.trainer.reference.models import references
from worker.trainer.reference.samples import sample_of

_LEAST_ROWS = 10


def run(memory_bytes: int) -> int:
    """Find out, and tell.

    Args:
        memory_bytes: What it may use.

    Returns:
        What the process ends with.
    """
    keep_files_private()
    die_with_parent()
    sys.excepthook = lambda kind, *_: sys.stderr.write(f"A reference could not be found: {kind.__name__}.\n")
    limit_memory(memory_bytes)
    prepared = decode_prepared(sys.stdin.buffer.readline())
    shared = shared_arrays(Path(prepared.folder))
    training = None if shared is None else PreparedRows.of(shared.arrays, "training")
    if shared is None or training is None:
        return GONE
    if len(training) < _LEAST_ROWS:
        return 0
    validation = PreparedRows.of(shared.arrays, "validation")
    sample = sample_of(training, validation, prepared.tokens, are_weighted=prepared.are_weighted)
    for found in references(prepared, sample):
        sys.stdout.write(found.model_dump_json() + "\n")
        sys.stdout.flush()
    return 0
