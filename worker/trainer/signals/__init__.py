"""What is measured inside a training after each epoch, layer by layer: one file a signal."""

from worker.trainer.signals.activation_deviation import ACTIVATION_DEVIATION
from worker.trainer.signals.activation_mean import ACTIVATION_MEAN
from worker.trainer.signals.dead_fraction import DEAD_FRACTION
from worker.trainer.signals.gradient_norm import GRADIENT_NORM
from worker.trainer.signals.non_finite import NON_FINITE
from worker.trainer.signals.saturated_fraction import SATURATED_FRACTION
from worker.trainer.signals.signal import Signal
from worker.trainer.signals.update_ratio import UPDATE_RATIO
from worker.trainer.signals.weight_norm import WEIGHT_NORM

SIGNALS: tuple[Signal, ...] = (
    GRADIENT_NORM,
    UPDATE_RATIO,
    DEAD_FRACTION,
    SATURATED_FRACTION,
    ACTIVATION_MEAN,
    ACTIVATION_DEVIATION,
    WEIGHT_NORM,
    NON_FINITE,
)
"""All of them; `spec.signals.SIGNALS` says what each name means to a client."""
