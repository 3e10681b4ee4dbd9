"""How strongly the loss pulls at a layer: tiny where gradients vanish on their way back, huge where they explode."""

from worker.trainer.signals.signal import Signal, WatchedLayer
from worker.trainer.untyped import Tensor


def _norm(watched: WatchedLayer) -> Tensor | None:
    """The L2 norm of the gradient over all trainable variables of the layer together, before any clipping."""
    return watched.gradient_norm if watched.weights else None


GRADIENT_NORM = Signal("gradient_norm", _norm)
