"""Keras's own training and test steps, run many at a time inside one compiled call.

``Model.fit`` calls one compiled step a batch and fetches each batch from a ``tf.data`` pipeline; for small
networks nearly all of an epoch is that overhead. Here the arrays lie in memory as tensors, a batch is gathered
from them by an index vector, and a loop *inside* the compiled function calls ``model.train_step``: the same
operations on the same numbers in the same order, hence the same results.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

import tensorflow as tf
from keras.src.utils.python_utils import pythonify_logs

from worker.trainer.compilation.traced_functions import JobFunctions
from worker.trainer.data.row_tensors import tensor_of
from worker.trainer.epochs.batches import for_keras
from worker.trainer.untyped import Array, Model, Tensor, Tensors

_STEP = tf.TensorSpec([], tf.int64)

NAME_IN_FIT = "IteratorGetNext"
"""What a batch is called in ``fit``."""


def tensors_of(*arrays: Array | None) -> Tensors:
    """These arrays on the current device; None is left out. What nobody can write to is not copied."""
    return tuple(tensor_of(array) for array in arrays if array is not None)


class TrainingSteps:
    """The training steps of one model on one set of rows.

    Args:
        model: A compiled, built Keras model.
        tensors: The training rows; only their kinds matter where `_take` is given others.
        batch_size: Rows a step; the last batch of an epoch holds what is left over, as in ``fit``.
        functions: Where it is compiled.
        before_step: Called with the step's number while tracing, ahead of each step: its operations run before it.
        augmented: Called with each batch while tracing; what it gives back is trained on.
        is_ending_on_non_finite_loss: Whether to leave the loop right after a step whose running loss is not finite.
    """

    def __init__(  # noqa: PLR0913 (what a loop over steps depends on)
        self,
        model: Model,
        tensors: Tensors,
        batch_size: int,
        functions: JobFunctions,
        *,
        before_step: Callable[[Tensor], None] | None = None,
        augmented: Callable[[Tensors], Tensors] | None = None,
        is_ending_on_non_finite_loss: bool = False,
    ) -> None:
        self._model = model
        self._tensors = tensors
        self._rows = int(tensors[0].shape[0])
        self._batch_size = batch_size
        self._is_even = self._rows % batch_size == 0
        self._before_step = before_step
        self._augmented = augmented
        self._is_ending_on_non_finite_loss = is_ending_on_non_finite_loss
        # First and last step come as tensors, so that whatever the chunk, the function is traced once.
        signature = [_kinds_of(tensors), tf.TensorSpec([None], tf.int64), _STEP, _STEP, _STEP]
        name = f"train even={self._is_even} watching={is_ending_on_non_finite_loss}"
        if before_step is not None:
            name += f" steps={self.steps_per_epoch}"
        self._function = functions.compiled(name, self._loop, signature)

    @property
    def steps_per_epoch(self) -> int:
        """How many steps one epoch takes."""
        return -(-self._rows // self._batch_size)

    def run(self, order: Tensor, first: int, stop: int) -> int:
        """Take the steps ``first`` … ``stop - 1`` of an epoch whose rows come in this ``order``.

        Args:
            order: int64 tensor, a permutation of the row numbers.
            first: The first step, from 0.
            stop: One past the last step.

        Returns:
            One past the step that was taken last: ``stop``, or less where the loss ceased to be finite.
        """
        return self._take(self._tensors, order, 0, first, stop)

    def logs(self) -> dict[str, float]:
        """What the step taken last gave, as `fit` shows it to callbacks."""
        return pythonify_logs(self._model.get_metrics_result())

    def _take(self, tensors: Tensors, order: Tensor, offset: int, first: int, stop: int) -> int:
        """As `run`, where ``order`` begins with the rows of step ``offset`` and numbers the rows of these tensors."""
        return int(self._function(tensors, order, *(tf.constant(step, tf.int64) for step in (offset, first, stop))))

    def _loop(self, tensors: Tensors, order: Tensor, offset: Tensor, first: Tensor, stop: Tensor) -> Tensor:
        def is_going_on(step: Tensor, is_finite: Tensor) -> Tensor:
            return tf.logical_and(step < stop, is_finite)

        def take_step(step: Tensor, is_finite: Tensor) -> tuple[Tensor, Tensor]:
            batch = self._gather(tensors, _part_of(order, step - offset, self._batch_size, is_even=self._is_even))
            if self._before_step is not None:
                self._before_step(step)
            # Signals of layers are measured after the epoch (`worker.trainer.signals.probe`). Only what the steps
            # themselves must tell belongs here (that one was not finite), beside the step: accumulated in variables
            # that `TrainingState` keeps and that are read once an epoch, and part of the function's name.
            with named_as_in_fit():
                batch = batch if self._augmented is None else self._augmented(batch)
                logs = self._model.train_step(for_keras(self._model, batch))
            if self._is_ending_on_non_finite_loss:
                is_finite = tf.math.is_finite(logs["loss"])
            return step + 1, is_finite

        taken, _ = tf.while_loop(is_going_on, take_step, (first, tf.constant(True)))  # noqa: FBT003 (a loop variable)
        return taken

    def _gather(self, tensors: Tensors, rows: Tensor) -> Tensors:
        """These rows of all tensors."""
        batch = batch_as_in_fit(lambda name: [tf.gather(tensor, rows, name=name) for tensor in tensors])
        return batch if self._is_even else of_unknown_length(batch)


class EvaluationSteps:
    """The test steps of one model; the validation and the test rows may share a trace.

    Args:
        model: A compiled, built Keras model.
        like: Rows of the kind that will be evaluated: features, targets and, where they have weights of their own,
            these.
        batch_size: Rows a step.
        functions: Where it is compiled.
    """

    def __init__(self, model: Model, like: Tensors, batch_size: int, functions: JobFunctions) -> None:
        self._model = model
        self._batch_size = batch_size
        signature = [_kinds_of(like), _STEP, _STEP]
        self._functions = {
            is_even: functions.compiled(f"evaluate even={is_even}", self._loop_over(is_even=is_even), signature)
            for is_even in (True, False)
        }

    def steps_for(self, tensors: Tensors) -> int:
        """How many steps these rows take."""
        return -(-int(tensors[0].shape[0]) // self._batch_size)

    def run(self, tensors: Tensors, first: int, stop: int) -> None:
        """Evaluate the batches ``first`` … ``stop - 1`` of these rows, in their natural order."""
        self._take(tensors, first, stop, is_even=int(tensors[0].shape[0]) % self._batch_size == 0)

    def logs(self) -> dict[str, float]:
        """What the step taken last gave, as `evaluate` shows it to callbacks."""
        return pythonify_logs(self._model.get_metrics_result())

    def _take(self, tensors: Tensors, first: int, stop: int, *, is_even: bool) -> None:
        function = self._functions[is_even]
        function(tensors, tf.constant(first, tf.int64), tf.constant(stop, tf.int64))

    def _loop_over(self, *, is_even: bool) -> Callable[[Tensors, Tensor, Tensor], Tensor]:
        def loop(tensors: Tensors, first: Tensor, stop: Tensor) -> Tensor:
            def take_step(step: Tensor) -> tuple[Tensor]:
                batch = batch_as_in_fit(
                    lambda name: [
                        _part_of(tensor, step, self._batch_size, is_even=is_even, name=name) for tensor in tensors
                    ]
                )
                batch = batch if is_even else of_unknown_length(batch)
                with named_as_in_fit():
                    self._model.test_step(for_keras(self._model, batch))
                return (step + 1,)

            return tf.while_loop(lambda step: step < stop, take_step, (first,))

        return loop


def _kinds_of(tensors: Tensors) -> tuple[tf.TensorSpec, ...]:
    return tuple(tf.TensorSpec([None, *tensor.shape[1:]], tensor.dtype) for tensor in tensors)


def _part_of(tensor: Tensor, step: Tensor, batch_size: int, *, is_even: bool, name: str | None = None) -> Tensor:
    """The rows of one batch; the last one holds what is left over.

    Where no batch is smaller than the others (``is_even``), ``fit`` traces with a batch size that is known, which
    TensorFlow folds into constants (the reciprocal of a mean's divisor): another rounding. So the same is done here.
    """
    begin = step * batch_size
    rows = tensor[begin : begin + batch_size]
    return tf.ensure_shape(rows, [batch_size, *tensor.shape[1:]], name=name) if is_even else rows


def of_unknown_length(batch: Iterable[Tensor], name: str = NAME_IN_FIT) -> Tensors:
    """The same rows, of which TensorFlow does not know that they are equally many.

    Gathered by one vector, or cut at one place, features and targets would be known to be, and TensorFlow would reorder
    sums and products accordingly: another rounding than in ``fit``, whose pipeline hands over tensors of unknown
    length. A placeholder, which is never fed, forgets the length.
    """
    return batch_as_in_fit(
        lambda name: [
            tf.raw_ops.PlaceholderWithDefault(input=part, shape=[None, *part.shape[1:]], name=name) for part in batch
        ],
        name,
    )


def batch_as_in_fit(make: Callable[[str], Iterable[Tensor]], name: str = NAME_IN_FIT) -> Tensors:
    """The tensors of a batch, named like those of the pipeline of ``fit``: see `named_as_in_fit`.

    Args:
        make: Makes them, each with the name.
        name: Which comes before or after those of the operations of a step, as in ``fit``.
    """
    with named_as_in_fit():
        return tuple(make(name))


def named_as_in_fit() -> AbstractContextManager[object]:
    """Around what a step does: its operations have the names that they have in ``fit``, where no loop is around them.

    TensorFlow sorts what is added up or multiplied by name, and which of several factors is multiplied with a constant
    first follows from that: another rounding, where the names of a network and of its gradients were sorted otherwise.
    """
    return tf.name_scope("")
