"""One job on several devices of a machine: Keras's own steps under a `tf.distribute.MirroredStrategy`.

Each device holds all variables and takes a share of every batch; gradients are summed over all of them ahead of the
update. What `fit` does under that strategy is done here inside one compiled call: the rows lie on every device, and
each gathers its own share, so nothing but gradients goes from one to another.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

import tensorflow as tf
from keras.src.backend.tensorflow.trainer import reduce_per_replica
from keras.src.utils.python_utils import pythonify_logs

from spec.networks.sharing import share_of
from worker.trainer.epochs.batches import for_keras
from worker.trainer.epochs.compiled_steps import (
    NAME_IN_FIT,
    batch_as_in_fit,
    named_as_in_fit,
    of_unknown_length,
)
from worker.trainer.untyped import KerasObject, Model, Tensor, Tensors

_NAME_OF_UNEVEN = "with_rest"
"""Of a batch that may be smaller than others. `fit` fetches it within a condition, whose name comes after those of the
step, and other batches as without a strategy: see `worker.trainer.epochs.compiled_steps.batch_as_in_fit`."""


class Placement:
    """Where the variables of a job are made, and its operations run.

    Args:
        devices: As `worker.trainer.devices.choose` gives them.
    """

    def __init__(self, devices: Sequence[str]) -> None:
        self._device = f"/{devices[0]}"
        self._strategy = _strategy_on(devices) if len(devices) > 1 else None

    def building(self) -> AbstractContextManager[object]:
        """Around all that makes variables."""
        return tf.device(self._device) if self._strategy is None else self._strategy.scope()

    def training(self) -> AbstractContextManager[object]:
        """Around the training; a strategy is known to the model, and asks for nothing, as with `fit`."""
        return tf.device(self._device) if self._strategy is None else nullcontext()


def _strategy_on(devices: Sequence[str]) -> KerasObject:
    """A strategy that leaves nothing behind in the process.

    TensorFlow's own choice, collective operations, counts them process by process: a second strategy takes its sums
    for the first one's, and once one of them failed none works any more. A trainer outlives many jobs.
    """
    is_gpu = devices[0].startswith("GPU")
    sums = tf.distribute.NcclAllReduce() if is_gpu else tf.distribute.ReductionToOneDevice()
    return tf.distribute.MirroredStrategy(list(devices), cross_device_ops=sums)


def is_mirrored(model: Model) -> bool:
    """Whether a model was made on several devices."""
    return model.distribute_strategy.num_replicas_in_sync > 1


def values_of(model: Model, variables: Sequence[KerasObject]) -> list[tuple[KerasObject, ...]]:
    """TensorFlow's variables behind Keras's: those that always hold the same numbers stand together.

    Trainable weights and what the optimizer keeps of them are the same on every device. Whatever the forward pass
    itself changes is each device's own: metrics, generators, and moving averages, which Keras leaves unsynchronized.

    Args:
        model: Built.
        variables: Some of what belongs to it.
    """
    if not is_mirrored(model):
        return [(variable.value,) for variable in variables]
    synchronized = {id(variable) for variable in (*model.trainable_variables, *model.optimizer.variables)}
    found: list[tuple[KerasObject, ...]] = []
    for variable in variables:
        copies = tuple(model.distribute_strategy.experimental_local_results(variable.value))
        found += [copies] if id(variable) in synchronized else [(copy,) for copy in copies]
    return found


def build_mirrored_state(model: Model, rows: Tensors, batch_size: int) -> None:
    """Make the variables of optimizer, metrics and loss, all ahead of the first trace, as `fit` does here."""
    with model.distribute_strategy.scope():
        batch = for_keras(model, tuple(tensor[:batch_size] for tensor in rows))
        model._symbolic_build(data_batch=batch)  # noqa: SLF001 (as `fit` does)


class _Shares:
    """Rows on every device of a strategy, taken in shares."""

    def __init__(self, model: Model, step: Callable[[Tensors], dict[str, Tensor]]) -> None:
        strategy = model.distribute_strategy
        self._model = model
        self._strategy = strategy
        self._step = step
        self.replicas: int = strategy.num_replicas_in_sync
        self._read: Callable[[], dict[str, Tensor]] = tf.function(self._logs, autograph=False)

    def copies(self, tensors: Tensors) -> tuple[Tensors, ...]:
        """These tensors on each device."""
        found: list[Tensors] = []
        for device in self._strategy.extended.worker_devices:
            with tf.device(device):
                found.append(tuple(tf.identity(tensor) for tensor in tensors))
        return tuple(found)

    def take(self, begin: Tensor, end: Tensor, batch_of: Callable[[int, Tensor, Tensor], Tensors]) -> dict[str, Tensor]:
        """One step on the rows ``begin`` … ``end - 1``.

        Args:
            begin: The first row.
            end: One past the last.
            batch_of: Replica, first row and one past the last -> its share.

        Returns:
            The mean of the replicas' own logs, as `fit` shows it to callbacks.
        """
        share = share_of(end - begin, self.replicas)

        def take_share() -> dict[str, Tensor]:
            context = tf.distribute.get_replica_context()
            replica = int(tf.get_static_value(context.replica_id_in_sync_group))
            first = tf.minimum(begin + replica * share, end)
            return self._step(for_keras(self._model, batch_of(replica, first, tf.minimum(first + share, end))))

        with named_as_in_fit():
            logs = reduce_per_replica(self._strategy.run(take_share), self._strategy, "auto")
        return cast("dict[str, Tensor]", logs)

    def logs(self) -> dict[str, float]:
        """What the step taken last gave, read outside of it: the same operations."""
        return pythonify_logs(self._read())

    def _logs(self) -> dict[str, Tensor]:
        logs = self._strategy.run(self._model.get_metrics_result)
        return cast("dict[str, Tensor]", reduce_per_replica(logs, self._strategy, "auto"))


class MirroredTrainingSteps:
    """The training steps of one model on one set of rows, as `worker.trainer.epochs.compiled_steps.TrainingSteps`.

    Args:
        model: A compiled Keras model, made under its strategy, and built.
        tensors: The training rows.
        batch_size: Rows a step, of all devices together.
        before_step: As there.
        augmented: As there, with each device's share.
        is_ending_on_non_finite_loss: As there.
    """

    def __init__(  # noqa: PLR0913 (as there)
        self,
        model: Model,
        tensors: Tensors,
        batch_size: int,
        *,
        before_step: Callable[[Tensor], None] | None = None,
        augmented: Callable[[Tensors], Tensors] | None = None,
        is_ending_on_non_finite_loss: bool = False,
    ) -> None:
        self._shares = _Shares(model, model.train_step)
        self._copies = self._shares.copies(tensors)
        self._rows = int(tensors[0].shape[0])
        self._batch_size = batch_size
        self._before_step = before_step
        self._augmented = augmented
        self._is_ending_on_non_finite_loss = is_ending_on_non_finite_loss
        # `fit` knows how many rows a share has where all batches are equal and each falls into equal shares.
        is_even = self._rows % batch_size == 0 and batch_size % self._shares.replicas == 0
        self._share_rows = batch_size // self._shares.replicas if is_even else None
        signature = [tf.TensorSpec([self._rows], tf.int64), tf.TensorSpec([], tf.int64), tf.TensorSpec([], tf.int64)]
        self._function = tf.function(self._loop, input_signature=signature, autograph=False)

    @property
    def steps_per_epoch(self) -> int:
        """How many steps one epoch takes."""
        return -(-self._rows // self._batch_size)

    def run(self, order: Tensor, first: int, stop: int) -> int:
        """Take the steps ``first`` … ``stop - 1`` of an epoch whose rows come in this ``order``.

        Returns:
            One past the step that was taken last: ``stop``, or less where the loss ceased to be finite.
        """
        return int(self._function(order, tf.constant(first, tf.int64), tf.constant(stop, tf.int64)))

    def logs(self) -> dict[str, float]:
        """As there."""
        return self._shares.logs()

    def _loop(self, order: Tensor, first: Tensor, stop: Tensor) -> Tensor:
        def is_going_on(step: Tensor, is_finite: Tensor) -> Tensor:
            return tf.logical_and(step < stop, is_finite)

        def take_step(step: Tensor, is_finite: Tensor) -> tuple[Tensor, Tensor]:
            if self._before_step is not None:
                self._before_step(step)
            begin = step * self._batch_size
            end = tf.minimum(begin + self._batch_size, self._rows)
            logs = self._shares.take(begin, end, lambda *share: self._batch(order, *share))
            if self._is_ending_on_non_finite_loss:
                is_finite = tf.math.is_finite(logs["loss"])
            return step + 1, is_finite

        taken, _ = tf.while_loop(is_going_on, take_step, (first, tf.constant(True)))  # noqa: FBT003 (a loop variable)
        return taken

    def _batch(self, order: Tensor, replica: int, first: Tensor, stop: Tensor) -> Tensors:
        rows = order[first:stop]
        if self._share_rows is not None:
            rows = tf.ensure_shape(rows, [self._share_rows])
        batch = batch_as_in_fit(lambda name: [tf.gather(tensor, rows, name=name) for tensor in self._copies[replica]])
        batch = batch if self._share_rows is not None else of_unknown_length(batch, _NAME_OF_UNEVEN)
        return batch if self._augmented is None else self._augmented(batch)


class MirroredEvaluationSteps:
    """The test steps of one model, as `worker.trainer.epochs.compiled_steps.EvaluationSteps`.

    Args:
        model: As for the training steps.
        like: As there.
        batch_size: Rows a step, of all devices together.
    """

    def __init__(self, model: Model, like: Tensors, batch_size: int) -> None:
        self._shares = _Shares(model, model.test_step)
        self._batch_size = batch_size
        self._rows: Tensors = ()
        self._copies: tuple[Tensors, ...] = ()
        kinds = tuple(tf.TensorSpec([None, *tensor.shape[1:]], tensor.dtype) for tensor in like)
        signature = [(kinds,) * self._shares.replicas, tf.TensorSpec([], tf.int64), tf.TensorSpec([], tf.int64)]
        self._functions: dict[bool, Any] = {
            is_even: tf.function(self._loop_over(is_even=is_even), input_signature=signature, autograph=False)
            for is_even in (True, False)
        }

    def steps_for(self, tensors: Tensors) -> int:
        """How many steps these rows take."""
        return -(-int(tensors[0].shape[0]) // self._batch_size)

    def run(self, tensors: Tensors, first: int, stop: int) -> None:
        """Evaluate the batches ``first`` … ``stop - 1`` of these rows, in their natural order."""
        if tensors is not self._rows:
            # The validation rows, every epoch; then the test rows, once.
            self._rows, self._copies = tensors, self._shares.copies(tensors)
        is_even = int(tensors[0].shape[0]) % self._batch_size == 0 and self._batch_size % self._shares.replicas == 0
        self._functions[is_even](self._copies, tf.constant(first, tf.int64), tf.constant(stop, tf.int64))

    def logs(self) -> dict[str, float]:
        """As there."""
        return self._shares.logs()

    def _loop_over(self, *, is_even: bool) -> Callable[[tuple[Tensors, ...], Tensor, Tensor], Tensor]:
        name = NAME_IN_FIT if is_even else _NAME_OF_UNEVEN

        def loop(copies: tuple[Tensors, ...], first: Tensor, stop: Tensor) -> Tensor:
            rows = tf.shape(copies[0][0], tf.int64)[0]

            def share(replica: int, begin: Tensor, end: Tensor) -> Tensors:
                return of_unknown_length([tensor[begin:end] for tensor in copies[replica]], name)

            def take_step(step: Tensor) -> tuple[Tensor]:
                begin = step * self._batch_size
                self._shares.take(begin, tf.minimum(begin + self._batch_size, rows), share)
                return (step + 1,)

            return tf.while_loop(lambda step: step < stop, take_step, (first,))

        return loop
