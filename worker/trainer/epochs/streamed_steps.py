"""The steps of `compiled_steps` on rows that do not fit into memory: the same functions, chunk after chunk.

A chunk holds whole batches, in the order in which the epoch takes them, so that a compiled call on it takes the same
steps on the same numbers as one on all rows: the same results, to the bit.
"""

from typing import Any, TypeAlias

import tensorflow as tf

from worker.trainer.compilation.traced_functions import JobFunctions
from worker.trainer.data.streamed_rows import StreamedRows
from worker.trainer.epochs.compiled_steps import EvaluationSteps, TrainingSteps, tensors_of
from worker.trainer.untyped import Array, Model, Tensor, Tensors

Rows: TypeAlias = Tensors | StreamedRows
"""Features of each input, targets and, where there are weights, a weight a row: in memory, or in files."""


class StreamedTrainingSteps(TrainingSteps):
    """The training steps of one model on rows that are streamed; as `TrainingSteps` otherwise."""

    def __init__(
        self,
        model: Model,
        rows: StreamedRows,
        batch_size: int,
        functions: JobFunctions,
        **others: Any,  # noqa: ANN401 (what `TrainingSteps` takes besides)
    ) -> None:
        super().__init__(model, rows.kinds, batch_size, functions, **others)
        self._streamed = rows

    def run(self, order: Tensor, first: int, stop: int) -> int:
        """Take some steps; ``order`` is the same object for all of an epoch.

        Where the loop is to end right after a loss that is not finite, at most one chunk is taken: whether its very
        last step gave such a loss, only the caller sees.
        """
        taken = first
        for steps in self._streamed.read(order, first, stop):
            in_place = tf.range(steps.tensors[0].shape[0], dtype=tf.int64)
            taken = self._take(steps.tensors, in_place, steps.offset, steps.first, steps.stop)
            if self._is_ending_on_non_finite_loss:
                break
        return taken


class AnyEvaluationSteps(EvaluationSteps):
    """The test steps of one model, on rows in memory as well as on rows that are streamed."""

    def steps_for(self, tensors: Rows) -> int:
        """How many steps these rows take."""
        return tensors.steps if isinstance(tensors, StreamedRows) else super().steps_for(tensors)

    def run(self, tensors: Rows, first: int, stop: int) -> None:
        """Evaluate some batches of these rows, in their natural order."""
        if not isinstance(tensors, StreamedRows):
            super().run(tensors, first, stop)
            return
        is_even = tensors.count % self._batch_size == 0
        for steps in tensors.read(None, first, stop):
            self._take(steps.tensors, steps.first - steps.offset, steps.stop - steps.offset, is_even=is_even)


def training_steps(
    model: Model,
    rows: Rows,
    batch_size: int,
    functions: JobFunctions,
    **others: Any,  # noqa: ANN401 (what `TrainingSteps` takes besides)
) -> TrainingSteps:
    """The training steps for rows of this kind."""
    if isinstance(rows, StreamedRows):
        return StreamedTrainingSteps(model, rows, batch_size, functions, **others)
    return TrainingSteps(model, rows, batch_size, functions, **others)


def kinds_of(rows: Rows) -> Tensors:
    """What has the shapes and types of these rows."""
    return rows.kinds if isinstance(rows, StreamedRows) else rows


def rows_of(*arrays: Array | None, batch_size: int, is_streamed: bool) -> Rows:
    """These arrays as rows for the engine; None is left out.

    Args:
        arrays: Features of each input, targets, weights.
        batch_size: Rows a step.
        is_streamed: Whether they stay in their files.
    """
    if not is_streamed:
        return tensors_of(*arrays)
    return StreamedRows([array for array in arrays if array is not None], batch_size)
