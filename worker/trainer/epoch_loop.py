"""The epochs of one job: ``Model.fit``, with the batches of an epoch inside compiled calls.

Follows ``keras.src.backend.tensorflow.trainer.TensorFlowTrainer.fit`` line by line where results depend on it:
metrics are reset, the epoch is trained, metrics are read, the validation rows are evaluated, callbacks run.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import keras
import tensorflow as tf
from keras.src.utils.python_utils import pythonify_logs

from worker.trainer.compiled_steps import EvaluationSteps, TrainingSteps
from worker.trainer.pace import Pace
from worker.trainer.untyped import Array, KerasObject, Model, Tensors

_PROGRESS_SECONDS = 1.0


class Stopped(Exception):
    """An order to stop was followed within an epoch."""


class EpochListener(Protocol):
    """Who is told of the epochs; must not block."""

    def progress(self, fraction: float) -> None:
        """The share of the whole job that is done, 0..1; at most once a second."""
        ...

    def epoch(self, number: int, metrics: dict[str, float], duration_seconds: float) -> None:
        """Epoch ``number`` (from 1) ended with these metrics."""
        ...


class StepDriver(Protocol):
    """What sets variables of the optimizer while it trains."""

    def before_epoch(self, epoch: int) -> None:
        """Prepare for an epoch (from 0)."""
        ...

    def before_step(self) -> None:
        """Called while tracing, ahead of each step: its operations run before every step."""
        ...

    def after_epoch(self, epoch: int) -> None:
        """Called after an epoch's last step, before its rate of learning is read."""
        ...


@dataclass(frozen=True)
class EpochRow:
    """One epoch as it is reported: its number from 1, Keras's logs with ``learning_rate``, and its duration."""

    number: int
    metrics: dict[str, float]
    duration_seconds: float


@dataclass(frozen=True)
class NonFiniteLoss:
    """Where TerminateOnNaN ended the training: epoch and step from 1, and the loss, NaN or infinite."""

    epoch: int
    step: int
    loss: float


@dataclass
class Course:
    """What happened while training.

    Attributes:
        rows: The epochs that ended.
        first_step_seconds: From the start of training to the end of the first step: tracing, mostly.
        evaluation_seconds: Time spent on validation rows.
        non_finite_loss: Where TerminateOnNaN ended the training, or None.
    """

    rows: list[EpochRow] = field(default_factory=list[EpochRow])
    first_step_seconds: float | None = None
    evaluation_seconds: float = 0.0
    non_finite_loss: NonFiniteLoss | None = None


class EpochLoop:
    """Trains a model on rows in memory.

    Args:
        model: A compiled Keras model whose input shape is known; `build_state` makes the rest of its state.
        training: The training rows: features, targets and, with class weights, a weight a row.
        validation: The validation rows (features, targets), or None.
        listener: Is told of progress and of every epoch.
        batch_size: Rows a step, in training and evaluation.
        callbacks: Keras callbacks.
        driver: Sets variables of the optimizer, where Keras has no way of its own.
        is_stop_asked: Read between calls; True raises `Stopped`.
    """

    def __init__(  # noqa: PLR0913 (what `fit` takes)
        self,
        model: Model,
        training: Tensors,
        validation: Tensors | None,
        *,
        listener: EpochListener,
        batch_size: int,
        callbacks: Sequence[KerasObject] = (),
        driver: StepDriver | None = None,
        is_stop_asked: Callable[[], bool] = lambda: False,
    ) -> None:
        self._model = model
        self._validation = validation
        self._listener = listener
        self._driver = driver
        self._is_stop_asked = is_stop_asked
        build_state(model, training, batch_size)
        self._is_watching_batches = any(isinstance(one, keras.callbacks.TerminateOnNaN) for one in callbacks)
        self._training_steps = TrainingSteps(
            model,
            training,
            batch_size,
            before_step=None if driver is None else driver.before_step,
            is_ending_on_non_finite_loss=self._is_watching_batches,
        )
        self._evaluation_steps = EvaluationSteps(model, training[:2], batch_size)
        self._callbacks: KerasObject = keras.callbacks.CallbackList(list(callbacks), model=model)
        self._training_pace = Pace()
        self._evaluation_pace = Pace()
        self._told_at = time.monotonic()
        self._fraction = 0.0
        self.course = Course()

    @property
    def steps_per_epoch(self) -> int:
        """How many steps one epoch takes."""
        return self._training_steps.steps_per_epoch

    def run(self, epochs: int, order_of: Callable[[int], Array]) -> Course:
        """Train for at most this many epochs.

        Args:
            epochs: How many, unless a callback stops the training before.
            order_of: Epoch (from 0) -> the order in which it takes its rows.

        Raises:
            Stopped: An order to stop came; `course` holds the epochs that had ended.
        """
        self._model.stop_training = False
        self._callbacks.set_params({"epochs": epochs, "steps": self.steps_per_epoch})
        self._callbacks.on_train_begin()
        metrics: dict[str, float] = {}
        for epoch in range(epochs):
            began_at = time.monotonic()
            metrics = self._run_epoch(epoch, epochs, order_of(epoch))
            row = EpochRow(epoch + 1, metrics, time.monotonic() - began_at)
            self.course.rows.append(row)
            self._listener.epoch(row.number, row.metrics, row.duration_seconds)
            if self._model.stop_training:
                break
        # With `use_ema`, the averaged weights take the place of the last ones, as after `fit`.
        self._model.optimizer.finalize_variable_values(self._model.trainable_weights)
        self._callbacks.on_train_end(metrics)
        return self.course

    def evaluate(self, tensors: Tensors) -> dict[str, float]:
        """Loss and metrics of the model on these rows (features, targets), as ``Model.evaluate`` gives them.

        Raises:
            Stopped: An order to stop came.
        """
        self._model.reset_metrics()
        steps = self._evaluation_steps.steps_for(tensors)
        step = 0
        while step < steps:
            self._raise_if_stop_asked()
            began_at = time.monotonic()
            stop = step + self._evaluation_pace.steps_for(steps - step)
            self._evaluation_steps.run(tensors, step, stop)
            now = time.monotonic()
            self._evaluation_pace.note(stop - step, now - began_at)
            step = stop
            self._give_sign_of_life(now)
        return pythonify_logs(self._model.get_metrics_result())

    def _run_epoch(self, epoch: int, epochs: int, order: Array) -> dict[str, float]:
        self._model.reset_metrics()
        self._callbacks.on_epoch_begin(epoch)
        if self._driver is not None:
            self._driver.before_epoch(epoch)
        self._train(epoch, epochs, order)
        if self._driver is not None:
            self._driver.after_epoch(epoch)
        # As `fit` does, metrics are read outside the compiled function: the same operations, to the bit.
        logs: dict[str, float] = pythonify_logs(self._model.get_metrics_result())
        if self._validation is not None:
            began_at = time.monotonic()
            logs.update({f"val_{name}": value for name, value in self.evaluate(self._validation).items()})
            self.course.evaluation_seconds += time.monotonic() - began_at
        # Read before the callbacks, which may set the next epoch's rate.
        learning_rate = float(self._model.optimizer.learning_rate)
        self._callbacks.on_epoch_end(epoch, logs)
        return {**logs, "learning_rate": learning_rate}

    def _train(self, epoch: int, epochs: int, order: Array) -> None:
        rows = tf.constant(order, tf.int64)
        steps = self.steps_per_epoch
        step = 0
        while step < steps:
            self._raise_if_stop_asked()
            began_at = time.monotonic()
            stop = step + self._training_pace.steps_for(steps - step)
            taken = self._training_steps.run(rows, step, stop)
            now = time.monotonic()
            self._training_pace.note(taken - step, now - began_at)
            if self.course.first_step_seconds is None:
                self.course.first_step_seconds = now - began_at
            if self._is_watching_batches:
                self._end_batch(epoch, taken - 1)
                if self._model.stop_training:
                    return
            step = taken
            self._fraction = (epoch + step / steps) / epochs
            self._give_sign_of_life(now)

    def _end_batch(self, epoch: int, step: int) -> None:
        """Let the callbacks see the loss after a step; TerminateOnNaN asks for the end, or raises."""
        logs = pythonify_logs(self._model.get_metrics_result())
        if not math.isfinite(logs["loss"]):
            self.course.non_finite_loss = NonFiniteLoss(epoch + 1, step + 1, logs["loss"])
        self._callbacks.on_train_batch_end(step, logs)

    def _give_sign_of_life(self, now: float) -> None:
        if now - self._told_at >= _PROGRESS_SECONDS:
            self._told_at = now
            self._listener.progress(self._fraction)

    def _raise_if_stop_asked(self) -> None:
        if self._is_stop_asked():
            raise Stopped


def build_state(model: Model, rows: Tensors, batch_size: int) -> None:
    """Make the variables of optimizer, metrics and loss ahead of the first step, so that it is traced only once.

    ``fit`` builds the optimizer while it traces, where values that its ``build`` assigns are lost (the momentums of
    ScheduleFreeAdamW begin at 0, not at the weights). Hence the trace here, which is never run.
    """
    tf.function(lambda: model.optimizer.build(model.trainable_variables), autograph=False).get_concrete_function()
    batch = tuple(tensor[:batch_size] for tensor in rows)
    model._symbolic_build(data_batch=batch)  # noqa: SLF001 (as `fit` does under a strategy; it has no public name)
