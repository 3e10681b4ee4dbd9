"""The outputs of a network, many steps at a time inside one compiled call."""

import time
from collections.abc import Callable, Iterator

import tensorflow as tf

from worker.trainer.compilation.traced_functions import Function, JobFunctions
from worker.trainer.data.streamed_rows import StreamedRows
from worker.trainer.epochs.batches import features_of, input_count
from worker.trainer.epochs.call_lengths import CallLength
from worker.trainer.epochs.epoch_loop import Stopped
from worker.trainer.epochs.mirrored import is_mirrored
from worker.trainer.epochs.streamed_steps import Rows, kinds_of
from worker.trainer.untyped import Array, Model, Tensor, Tensors

_OUTPUT_BYTES = 2**23
"""So many bytes of outputs a call has at most, unless a single step has more."""
_SIGN_SECONDS = 1.0


class Predictor:
    """Runs rows through a model as it stands, in steps of the evaluation's size: it takes no more memory.

    The function is one of its own, beside those of the training, so that their graphs stay as they are. Of several
    devices, one does it alone, with the variables as they are saved.

    Args:
        model: Built.
        batch_size: Rows a step.
        functions: Where it is compiled; several devices have a program of their own.
        is_stop_asked: Read between calls; True raises `Stopped`.
        sign_of_life: Called once a second or less.
    """

    def __init__(
        self,
        model: Model,
        batch_size: int,
        functions: JobFunctions,
        is_stop_asked: Callable[[], bool],
        sign_of_life: Callable[[], None],
    ) -> None:
        self._model = model
        self._batch_size = batch_size
        self._functions = functions
        self._is_stop_asked = is_stop_asked
        self._sign_of_life = sign_of_life
        self._calls = CallLength()
        self._told_at = time.monotonic()
        self._inputs = input_count(model)
        self._units = int(model.output_shape[-1])
        self._most_steps = max(1, _OUTPUT_BYTES // (4 * self._units * batch_size))
        self._function: Function | None = None

    def outputs(self, rows: Rows) -> Iterator[Array]:
        """The outputs for all of these rows in their order, some at a time: float32, shape (some, units).

        Args:
            rows: Features first; the rest is not looked at.

        Raises:
            Stopped: An order to stop came.
        """
        features = kinds_of(rows)[: self._inputs]
        function = self._function = self._function or self._compiled(features)
        steps, step = -(-int(features[0].shape[0]) // self._batch_size), 0
        while step < steps:
            if self._is_stop_asked():
                raise Stopped
            began_at = time.monotonic()
            stop = step + min(self._calls.steps_for(steps - step), self._most_steps)
            yield from self._taken(function, rows, step, stop)
            now = time.monotonic()
            self._calls.note(stop - step, now - began_at)
            if now - self._told_at >= _SIGN_SECONDS:
                self._told_at = now
                self._sign_of_life()
            step = stop

    def _taken(self, function: Function, rows: Rows, first: int, stop: int) -> Iterator[Array]:
        if not isinstance(rows, StreamedRows):
            yield _call(function, rows[: self._inputs], first, stop)
            return
        for steps in rows.read(None, first, stop):
            features = steps.tensors[: self._inputs]
            yield _call(function, features, steps.first - steps.offset, steps.stop - steps.offset)

    def _compiled(self, features: Tensors) -> Function:
        kinds = tuple(tf.TensorSpec([None, *one.shape[1:]], one.dtype) for one in features)
        signature = [kinds, tf.TensorSpec([], tf.int64), tf.TensorSpec([], tf.int64)]
        if is_mirrored(self._model):
            return tf.function(self._loop, input_signature=signature, autograph=False)
        return self._functions.compiled("predict", self._loop, signature)

    def _loop(self, features: Tensors, first: Tensor, stop: Tensor) -> Tensor:
        def take_step(step: Tensor, outputs: Tensor) -> tuple[Tensor, Tensor]:
            begin = step * self._batch_size
            batch = tuple(one[begin : begin + self._batch_size] for one in features)
            predicted = self._model(features_of(self._model, batch), training=False)
            return step + 1, outputs.write(tf.cast(step - first, tf.int32), tf.cast(predicted, tf.float32))

        count = tf.cast(stop - first, tf.int32)
        shape = [None, self._units]
        outputs = tf.TensorArray(tf.float32, size=count, element_shape=shape, infer_shape=False)
        _, outputs = tf.while_loop(lambda step, _: step < stop, take_step, (first, outputs))
        return outputs.concat()


def _call(function: Function, features: Tensors, first: int, stop: int) -> Array:
    return function(features, tf.constant(first, tf.int64), tf.constant(stop, tf.int64)).numpy()
