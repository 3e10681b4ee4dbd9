"""Drives an optimizer's rate of learning, and its momentum, through one cycle: the one schedule Keras lacks."""

import keras
import numpy as np
import tensorflow as tf

from spec.training.optimizers import optimizer_of
from spec.training.schedules import OneCycle
from spec.training.training import TrainingSpec
from worker.trainer.network.precision import inner_optimizer
from worker.trainer.untyped import KerasObject, Model, Tensor


class ChangingNumber(keras.Variable):
    """A number of an optimizer that changes while it trains, where Keras expects one that stands still.

    Keras's optimizers ask ``if self.momentum != 0`` in Python while they are traced, which a tensor cannot answer.
    The answer here is always yes: the optimizer was made with a momentum, and keeps its velocities.
    """

    def __ne__(self, other: object) -> bool:
        return True

    def __gt__(self, other: object) -> bool:
        return True

    __hash__ = keras.Variable.__hash__


class CycleDriver:
    """Sets an optimizer's variables ahead of every step: an `epoch_loop.StepDriver`.

    The rates of an epoch's steps are computed when it begins, by the formula of `spec.training.schedules.OneCycle`, and
    looked up inside the compiled function by the number of the step.

    Args:
        optimizer: A Keras optimizer made with a number as its rate of learning, not built yet.
        cycle: The schedule.
        momentum_name: The optimizer's attribute that mirrors the rate where the schedule says so, as ``"beta_1"``.
        epochs: Epochs of the whole run.
        steps_per_epoch: Steps of one.
    """

    def __init__(
        self, optimizer: KerasObject, cycle: OneCycle, momentum_name: str | None, *, epochs: int, steps_per_epoch: int
    ) -> None:
        self._optimizer = optimizer
        self._cycle = cycle
        self._epochs = epochs
        self._steps_per_epoch = steps_per_epoch
        self._rates = tf.Variable(tf.zeros([steps_per_epoch]), trainable=False)
        self._momentums = tf.Variable(tf.zeros([steps_per_epoch]), trainable=False)
        self._momentum_name = momentum_name if cycle.has_momentum else None
        self._number: ChangingNumber | None = None
        if self._momentum_name is not None:
            self._number = ChangingNumber(
                self._momentum_at(0), trainable=False, dtype="float32", name="cycled_momentum"
            )
            # Past the optimizer's own attribute setter, which would make the number a part of its saved state.
            vars(optimizer)[self._momentum_name] = self._number

    @property
    def variables(self) -> list[KerasObject]:
        """What it holds that a later step depends on; the rates of an epoch are computed anew."""
        return [] if self._number is None else [self._number]

    @property
    def tables(self) -> list[KerasObject]:
        """The variables that hold an epoch's values, step by step."""
        return [self._rates, self._momentums]

    def before_epoch(self, epoch: int) -> None:
        """Compute the rates of the epoch (from 0) that begins."""
        steps = range(epoch * self._steps_per_epoch, (epoch + 1) * self._steps_per_epoch)
        self._rates.assign(np.array([self._rate_at(step) for step in steps], np.float32))
        if self._number is not None:
            self._momentums.assign(np.array([self._momentum_at(step) for step in steps], np.float32))

    def before_step(self, step: Tensor) -> None:
        """Add the operations that set the variables for this step of the epoch (from 0); called while tracing.

        Not for the optimizer's own number of updates: it leaves out the steps that mixed precision passes over.
        """
        self._optimizer.learning_rate.assign(self._rates[step])
        if self._number is not None:
            self._number.assign(self._momentums[step])

    def after_epoch(self, epoch: int) -> None:
        """Leave the rate as Keras's own schedules do: at what comes after the last step that was taken."""
        following = (epoch + 1) * self._steps_per_epoch
        last = following - 1 if self._cycle.unit == "epoch" else following
        self._optimizer.learning_rate.assign(self._rate_at(last))

    def release(self) -> None:
        """Leave the last momentum behind as a plain number, so that the optimizer can be saved."""
        if self._number is not None and self._momentum_name is not None:
            vars(self._optimizer)[self._momentum_name] = float(self._number.numpy())

    def _rate_at(self, step: int) -> float:
        return self._cycle.rate(self._in_unit(step), total_steps=self._total)

    def _momentum_at(self, step: int) -> float:
        return self._cycle.momentum(self._in_unit(step), total_steps=self._total) or 0.0

    def _in_unit(self, step: int) -> int:
        return step // self._steps_per_epoch if self._cycle.unit == "epoch" else step

    @property
    def _total(self) -> int:
        return self._epochs if self._cycle.unit == "epoch" else self._epochs * self._steps_per_epoch


def driver_of(model: Model, training: TrainingSpec, rows: int) -> CycleDriver | None:
    """The driver that a training on so many rows needs; None where Keras follows its schedule by itself."""
    optimizer = optimizer_of(training.optimizer)
    if not isinstance(optimizer.schedule, OneCycle):
        return None
    return CycleDriver(
        inner_optimizer(model),
        optimizer.schedule,
        optimizer.MOMENTUM,
        epochs=training.epochs,
        steps_per_epoch=-(-rows // training.batch_size),
    )
