"""The weights of a job whose trainer left none, from a checkpoint: ``python -m worker.trainer.salvage FILE FOLDER``.

A process of its own, without TensorFlow: the arrays stay in the file, and are copied from there.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from worker.messages import Salvaged, encode
from worker.trainer.checkpoints.files import CheckpointRefused, Header, Names, Snapshot, mapped
from worker.trainer.process import die_with_parent, keep_files_private, limit_memory
from worker.trainer.results.course import BestEpoch, EpochRow, outcome_of
from worker.trainer.weights.keys import STATE
from worker.trainer.weights.leaving import known_best, save_arrays
from worker.trainer.weights.state_arrays import state_arrays

_MOST_BYTES = 2**30
"""Of memory, however large the weights are."""


def salvage(checkpoint: Path, folder: Path) -> Salvaged:
    """Write the files that the trainer would have left, had the training been stopped where the checkpoint was taken.

    Args:
        checkpoint: Whole, as whoever brought it knows.
        folder: Where the files go.

    Raises:
        CheckpointRefused: It is of another format, or of a former version, which does not tell what its arrays are.
        OSError: The disk is full.
    """
    snapshot = mapped(checkpoint)
    names = snapshot.header.names
    if names is None:
        raise CheckpointRefused("It is of a former version, which did not name its arrays.")
    pairs = zip(names.keys, snapshot.arrays, strict=False)
    weights = {key: array for key, array in pairs if not key.startswith(STATE)}
    rows = [EpochRow(*json.loads(line)) for line in snapshot.rows.splitlines()]
    others = state_arrays(names, snapshot, weights)
    best = known_best(rows, _best_of(snapshot, len(weights)))
    saved = save_arrays(weights, others, best, names.layers, folder)
    results = _results_of(snapshot.header, names, rows) | {"best_weights": saved.best}
    return Salvaged(artifacts=saved.artifacts, results=results)


def _best_of(snapshot: Snapshot, count: int) -> BestEpoch | None:
    """The best epoch, whose weights stand last."""
    best = snapshot.header.best
    return None if best is None else BestEpoch(*best, snapshot.arrays[len(snapshot.arrays) - count :])


def _results_of(header: Header, names: Names, rows: list[EpochRow]) -> dict[str, Any]:
    """What is told of the training as it was then."""
    return {
        **names.results,
        **outcome_of(rows, {}),
        "stored_weights": _stored_weights(header),
        "can_be_continued": True,
    }


def _stored_weights(header: Header) -> dict[str, Any] | None:
    is_within = header.step > 0 or header.logs is not None
    if header.phase and not is_within and header.epoch == header.phase_epoch:
        return None  # those that the phase before it ended with, of whichever epoch
    is_averaged = any(state.numbers.get("_ema_weights_in_model") for state in header.callbacks)
    origin = "moving_average" if is_averaged else "last"
    return {"origin": origin, "epoch": header.epoch + is_within, "is_averaged": is_averaged}


def main() -> None:
    """Write the files, and tell of them on standard output, in one line."""
    keep_files_private()
    die_with_parent()
    limit_memory(_MOST_BYTES)
    parser = argparse.ArgumentParser(prog="worker.trainer.salvage")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    try:
        told = salvage(options.checkpoint, options.folder)
    except CheckpointRefused as refused:
        told = Salvaged(refusal=str(refused))
    except OSError as error:
        told = Salvaged(refusal=type(error).__name__, errno=error.errno)
    sys.stdout.buffer.write(encode(told))


if __name__ == "__main__":
    main()
