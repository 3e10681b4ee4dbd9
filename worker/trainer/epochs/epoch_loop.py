"""The epochs of one job: ``Model.fit``, with the batches of an epoch inside compiled calls.

Follows ``keras.src.backend.tensorflow.trainer.TensorFlowTrainer.fit`` line by line where results depend on it:
metrics are reset, the epoch is trained, metrics are read, the validation rows are evaluated, callbacks run.
"""

import math
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

import keras
import tensorflow as tf
from keras.src.utils.python_utils import pythonify_logs

from spec.training.callbacks import NonFiniteLoss
from spec.training.epoch_columns import LEARNING_RATE, VALIDATION
from worker.trainer.callbacks.hooks import BatchHooks
from worker.trainer.compilation.traced_functions import JobFunctions, TracedFunctions
from worker.trainer.epochs.batches import input_count
from worker.trainer.epochs.built_state import build_state
from worker.trainer.epochs.call_lengths import CallLength
from worker.trainer.epochs.compiled_steps import TrainingSteps
from worker.trainer.epochs.mirrored import (
    MirroredEvaluationSteps,
    MirroredTrainingSteps,
    build_mirrored_state,
    is_mirrored,
)
from worker.trainer.epochs.streamed_steps import AnyEvaluationSteps, Rows, kinds_of, training_steps
from worker.trainer.results.course import Course, EpochRow
from worker.trainer.untyped import Array, KerasObject, Model, Tensor, Tensors
from worker.trainer.weights.best import WeightsReader

_PROGRESS_SECONDS = 1.0


class Stopped(Exception):
    """An order to stop was followed within an epoch."""


class Paused(Exception):
    """The epoch has ended that the training was to pause at, and another would come."""


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
        """Prepare for an epoch (from 0, of those of this loop)."""
        ...

    def before_step(self, step: Tensor) -> None:
        """Called while tracing, ahead of each step, with its number in the epoch (from 0): its operations run then."""
        ...

    def after_epoch(self, epoch: int) -> None:
        """Called after such an epoch's last step, before its rate of learning is read."""
        ...


class EpochObserver(Protocol):
    """Who looks at a training and changes nothing of it."""

    def steps_apart(self, epoch: int) -> int:
        """How many steps at the end of this epoch (from 1) are taken in calls of their own; 0 where none are."""
        ...

    def before_steps_apart(self) -> None:
        """Called ahead of these, unless the training was resumed within them."""
        ...

    def after_epoch(self, epoch: int) -> None:
        """Called after each epoch, ahead of the callbacks.

        The weights are those of its last step, whatever the callbacks do to them.
        """
        ...


class _EvaluationSteps(Protocol):
    """Evaluates rows of the kind that it was made for."""

    def steps_for(self, tensors: Any, /) -> int:  # noqa: ANN401 (streamed rows, or tensors)
        ...

    def run(self, tensors: Any, first: int, stop: int, /) -> None:  # noqa: ANN401 (likewise)
        ...

    def logs(self) -> dict[str, float]: ...


class EpochLoop:
    """Trains a model on rows in memory, or in files.

    Args:
        model: A compiled Keras model whose input shape is known; `build_state` makes the rest of its state.
        training: The training rows: features of each input, targets and, with weights of classes or of rows, a weight a
            row.
        validation: The validation rows (features, targets and, with weights of rows, these), or None.
        listener: Is told of progress and of every epoch.
        epochs: Up to which epoch it trains, unless a callback stops the training before.
        first_epoch: How many had ended when what it trains began: those of earlier phases.
        all_epochs: Of the whole job, for the progress; unless said, as many as it trains.
        batch_size: Rows a step, in training and evaluation.
        has_row_weights: Whether rows have weights of their own. These count wherever the model is evaluated, too; those
            of classes do not.
        callbacks: Keras callbacks.
        driver: Sets variables of the optimizer, where Keras has no way of its own.
        augmented: Augments a batch, while tracing; what is evaluated is as it is.
        functions: Where its functions are compiled; by itself unless said.
        is_stop_asked: Read between calls; True raises `Stopped`.
        is_pause_due: Called between two epochs with how many have ended; True raises `Paused`.
        is_to_finish: Called between two epochs; True ends the training there, as a callback may.
        course: Where the training stands: at its beginning, unless a restored state says otherwise.
        at_pause: Called between calls, and after each epoch with True: the state is whole then.
        at_end: Called after the last epoch, ahead of what changes the weights then.
        observer: Who looks at it, if anybody does.

    Attributes:
        validation, course: As given.
    """

    def __init__(  # noqa: PLR0913 (what `fit` takes)
        self,
        model: Model,
        training: Rows,
        validation: Rows | None,
        *,
        listener: EpochListener,
        epochs: int,
        first_epoch: int = 0,
        all_epochs: int | None = None,
        batch_size: int,
        has_row_weights: bool = False,
        callbacks: Sequence[KerasObject] = (),
        driver: StepDriver | None = None,
        augmented: Callable[[Tensors], Tensors] | None = None,
        functions: JobFunctions | None = None,
        is_stop_asked: Callable[[], bool] = lambda: False,
        is_pause_due: Callable[[int], bool] = lambda _: False,
        is_to_finish: Callable[[], bool] = lambda: False,
        course: Course | None = None,
        at_pause: Callable[[bool], None] = lambda _: None,
        at_end: Callable[[], None] = lambda: None,
        observer: EpochObserver | None = None,
    ) -> None:
        self._model = model
        self.validation = validation
        self._listener = listener
        self._epochs = epochs
        self._first_epoch = first_epoch
        self._all_epochs = all_epochs or epochs
        self._driver = driver
        self._is_stop_asked = is_stop_asked
        self._is_pause_due = is_pause_due
        self._is_to_finish = is_to_finish
        self._at_pause = at_pause
        self._at_end = at_end
        self._observer = observer
        self._hooks = BatchHooks(callbacks)
        before_step = None if driver is None else driver.before_step
        evaluated = input_count(model) + (2 if has_row_weights else 1)
        if is_mirrored(model):
            rows = cast("Tensors", training)  # rows on several devices are never streamed
            build_mirrored_state(model, rows, batch_size)
            self._training_steps: TrainingSteps | MirroredTrainingSteps = MirroredTrainingSteps(
                model,
                rows,
                batch_size,
                before_step=before_step,
                augmented=augmented,
                is_ending_on_non_finite_loss=self._hooks.is_watching_loss,
            )
            self._evaluation_steps: _EvaluationSteps = MirroredEvaluationSteps(model, rows[:evaluated], batch_size)
        else:
            kinds = kinds_of(training)
            build_state(model, kinds, batch_size)
            functions = functions or JobFunctions(TracedFunctions(), None, list)
            self._training_steps = training_steps(
                model,
                training,
                batch_size,
                functions,
                before_step=before_step,
                augmented=augmented,
                is_ending_on_non_finite_loss=self._hooks.is_watching_loss,
            )
            self._evaluation_steps = AnyEvaluationSteps(model, kinds[:evaluated], batch_size, functions)
        self._weights = WeightsReader(model)
        self._callbacks: KerasObject = keras.callbacks.CallbackList(list(callbacks), model=model)
        self._callbacks.set_params({"verbose": 0, "epochs": epochs, "steps": self.steps_per_epoch})
        model.stop_training = False
        # Here and not in `run`: it makes them forget, and what they remember may be restored in between.
        self._callbacks.on_train_begin()
        self._training_calls = CallLength()
        self._evaluation_calls = CallLength()
        self._told_at = time.monotonic()
        self._fraction = 0.0
        self.course = course or Course()

    @property
    def steps_per_epoch(self) -> int:
        """How many steps one epoch takes."""
        return self._training_steps.steps_per_epoch

    def run(self, order_of: Callable[[int], Array]) -> Course:
        """Train to the end, from where the course stands.

        Args:
            order_of: Epoch (from 0) -> the order in which it takes its rows.

        Raises:
            Stopped: An order to stop came; `course` holds the epochs that had ended.
            Paused: It was to pause here; the state is that between two epochs.
        """
        course = self.course
        # TerminateOnNaN asks for the end within an epoch, whose validation comes nevertheless.
        while len(course.rows) == self._first_epoch or course.logs is not None or self._is_going_on():
            if course.is_between_epochs and len(course.rows) > self._first_epoch and self._is_to_finish():
                break
            if course.is_between_epochs and self._is_pause_due(len(course.rows)):
                raise Paused
            self._run_epoch(order_of)
        self._at_end()
        # With `use_ema`, the averaged weights take the place of the last ones, as after `fit`. Where a training is
        # resumed after its end, this and what follows are done once more, and change nothing by it.
        self._model.optimizer.finalize_variable_values(self._model.trainable_weights)
        logs = {name: value for name, value in course.rows[-1].metrics.items() if name != LEARNING_RATE}
        self._callbacks.on_train_end(logs)
        return course

    def _is_going_on(self) -> bool:
        return len(self.course.rows) < self._epochs and not self._model.stop_training

    def evaluate(self, tensors: Rows) -> dict[str, float]:
        """Loss and metrics of the model on these rows, as ``Model.evaluate`` gives them.

        Args:
            tensors: Features, targets and, with weights of rows, these.

        Raises:
            Stopped: An order to stop came.
        """
        self._model.reset_metrics()
        steps, step = self._evaluation_steps.steps_for(tensors), 0
        while step < steps:
            self._raise_if_stop_asked()
            step = self._evaluate_some(tensors, step, self._evaluation_calls.steps_for(steps - step))
        return pythonify_logs(self._model.get_metrics_result())

    def evaluate_validation(self) -> dict[str, float]:
        """As `evaluate`, on the validation rows; nothing where there are none."""
        return {} if self.validation is None else self.evaluate(self.validation)

    def _evaluate_some(self, tensors: Rows, first: int, steps: int) -> int:
        """Evaluate so many batches of these rows from one on; gives one past the last."""
        began_at = time.monotonic()
        self._evaluation_steps.run(tensors, first, first + steps)
        now = time.monotonic()
        self._evaluation_calls.note(steps, now - began_at)
        self._give_sign_of_life(now)
        return first + steps

    def _validate(self, tensors: Rows) -> dict[str, float]:
        """As `evaluate`, within an epoch: the callbacks are called, and what is resumed goes on in its midst."""
        course, model = self.course, self._model
        is_resumed = course.evaluation_step is not None
        if course.evaluation_step is None:
            model.stop_evaluating = False
            self._callbacks.on_test_begin()
            model.reset_metrics()
            course.evaluation_step = 0
        steps = self._evaluation_steps.steps_for(tensors)
        while course.evaluation_step < steps and not (self._hooks.is_hearing_test and model.stop_evaluating):
            self._raise_if_stop_asked()
            step = course.evaluation_step
            if not self._hooks.is_hearing_test:
                many = self._evaluation_calls.steps_for(steps - step)
                course.evaluation_step = self._evaluate_some(tensors, step, many)
                continue
            self._callbacks.on_test_batch_begin(step)
            course.evaluation_step = self._evaluate_some(tensors, step, 1)
            self._callbacks.on_test_batch_end(step, self._evaluation_steps.logs())
        logs = pythonify_logs(model.get_metrics_result())
        self._weights.note(course, logs)
        if is_resumed:
            # Keras's list counts what begins and ends, and this began in another process.
            for callback in self._callbacks.callbacks:
                callback.on_test_end(logs)
        else:
            self._callbacks.on_test_end(logs)
        course.evaluation_step = None
        return logs

    def _run_epoch(self, order_of: Callable[[int], Array]) -> None:
        course, epoch = self.course, len(self.course.rows)
        if course.epoch_began_at is None:
            course.epoch_began_at = time.monotonic()
            self._model.reset_metrics()
            self._callbacks.on_epoch_begin(epoch)
        if course.logs is None:
            course.logs = self._train(epoch, order_of(epoch))
        logs = dict(course.logs)
        if self.validation is not None:
            began_at = time.monotonic()
            evaluated = self._validate(self.validation)
            logs.update({f"{VALIDATION}{name}": value for name, value in evaluated.items()})
            course.evaluation_seconds += time.monotonic() - began_at
        if self._observer is not None:
            self._observer.after_epoch(epoch + 1)
        # Read before the callbacks, which may set the next epoch's rate.
        learning_rate = float(tf.convert_to_tensor(self._model.optimizer.learning_rate))
        self._callbacks.on_epoch_end(epoch, logs)
        metrics = {**logs, LEARNING_RATE: learning_rate}
        row = EpochRow(epoch + 1, metrics, time.monotonic() - course.epoch_began_at)
        course.rows.append(row)
        course.step, course.logs, course.epoch_began_at = 0, None, None
        self._listener.epoch(row.number, row.metrics, row.duration_seconds)
        self._at_pause(True)  # noqa: FBT003 (a callable's arguments have no names)

    def _train(self, epoch: int, order: Array) -> dict[str, float]:
        """Take the steps of an epoch that are left; its metrics on the training rows."""
        if self._driver is not None:
            self._driver.before_epoch(epoch - self._first_epoch)
        self._take_steps(epoch, order)
        if self._driver is not None:
            self._driver.after_epoch(epoch - self._first_epoch)
        # As `fit` does, metrics are read outside the compiled function: the same operations, to the bit.
        return pythonify_logs(self._model.get_metrics_result())

    def _take_steps(self, epoch: int, order: Array) -> None:
        rows = tf.constant(order, tf.int64)
        course, steps = self.course, self.steps_per_epoch
        apart = max(0, steps - (0 if self._observer is None else self._observer.steps_apart(epoch + 1)))
        while course.step < steps:
            self._raise_if_stop_asked()
            if course.step == apart and self._observer is not None:
                self._observer.before_steps_apart()
            if self._hooks.is_hearing_training:
                self._callbacks.on_train_batch_begin(course.step)
            began_at = time.monotonic()
            until = apart if course.step < apart else steps
            stop = course.step + self._steps_of_a_call(until - course.step)
            taken = self._training_steps.run(rows, course.step, stop)
            now = time.monotonic()
            if until == apart or not apart:
                # A call of a single step says little about the length of others.
                self._training_calls.note(taken - course.step, now - began_at)
            if course.first_step_seconds is None:
                course.first_step_seconds = now - began_at
            course.step = taken
            if self._hooks.is_hearing_training or self._hooks.is_watching_loss:
                self._end_batch(epoch, taken - 1)
            if self._model.stop_training:
                return
            self._fraction = (epoch + taken / steps) / self._all_epochs
            self._give_sign_of_life(now)
            self._at_pause(False)  # noqa: FBT003 (a callable's arguments have no names)

    def _steps_of_a_call(self, remaining: int) -> int:
        """As many as fit, or one that is followed by something: a hook, or the end that a callback asked for before."""
        if self._hooks.is_hearing_training or self._model.stop_training:
            return 1
        return self._training_calls.steps_for(remaining)

    def _end_batch(self, epoch: int, step: int) -> None:
        """Let the callbacks see the loss after a step; TerminateOnNaN asks for the end, or raises."""
        logs = self._training_steps.logs()
        if self._hooks.is_watching_loss and not math.isfinite(logs["loss"]):
            self.course.non_finite_loss = NonFiniteLoss(epoch + 1, step + 1, logs["loss"])
        self._callbacks.on_train_batch_end(step, logs)

    def _give_sign_of_life(self, now: float) -> None:
        if now - self._told_at >= _PROGRESS_SECONDS:
            self._told_at = now
            self._listener.progress(self._fraction)

    def _raise_if_stop_asked(self) -> None:
        if self._is_stop_asked():
            raise Stopped
