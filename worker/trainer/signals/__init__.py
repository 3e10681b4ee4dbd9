"""What is measured inside a training after each epoch, layer by layer: one file a signal."""

from worker.trainer.signals.gradient_norm import GRADIENT_NORM
from worker.trainer.signals.signal import Signal

SIGNALS: tuple[Signal, ...] = (GRADIENT_NORM,)
"""All of them; `spec.signals.SIGNALS` says what each name means to a client."""
