"""The weights of the epoch with the lowest validation loss, kept while the training goes on."""

import math
from collections.abc import Mapping, Sequence

import tensorflow as tf

from spec.training.epoch_columns import LOSS, VALIDATION
from worker.trainer.epochs.mirrored import values_of
from worker.trainer.results.course import BestEpoch, Course, EpochRow, best_row
from worker.trainer.untyped import Array, KerasObject, Model, Tensor


def weights_of(model: Model) -> list[Tensor]:
    """The weights of this moment, as a stored model has them, in the order of `model.weights`.

    Nothing is copied: a tensor that was read shares the variable's memory until the next step writes to the variable.
    Of what each of several devices keeps for itself, it is the first one's.
    """
    return WeightsReader(model).read()


class WeightsReader:
    """Reads the weights of a model again and again.

    Args:
        model: Built.
    """

    def __init__(self, model: Model) -> None:
        self._variables = [values_of(model, [weight])[0][0] for weight in model.weights]

    def read(self) -> list[Tensor]:
        """As `weights_of`."""
        return [read_variable(variable) for variable in self._variables]

    def note(self, course: Course, logs: Mapping[str, float]) -> None:
        """Keep the weights of the epoch under way if its validation rows have just been found to have the lowest loss.

        Args:
            course: Where the training stands, and where they are kept.
            logs: What was found for the validation rows.
        """
        loss, best = logs[LOSS], course.best
        if math.isfinite(loss) and (best is None or loss < best.loss):
            course.best = BestEpoch(len(course.rows) + 1, loss, self.read())


def read_variable(variable: KerasObject) -> Tensor:
    """A variable's value, by the bare operation: `read_value` costs several times as much."""
    return tf.raw_ops.ReadVariableOp(resource=variable.handle, dtype=variable.dtype)


def best_after(rows: Sequence[EpochRow], kept: tuple[int, float] | None, weights: Sequence[Array]) -> BestEpoch | None:
    """The best epoch of a training that is resumed.

    Args:
        rows: The epochs that ended.
        kept: Number and loss of the epoch whose weights the checkpoint has; those of former versions have none.
        weights: These weights.
    """
    if kept is not None:
        return BestEpoch(*kept, weights)
    best = best_row(rows)
    if best is None or best[0] != f"{VALIDATION}{LOSS}":
        return None
    return BestEpoch(best[1].number, best[1].metrics[best[0]], None)
