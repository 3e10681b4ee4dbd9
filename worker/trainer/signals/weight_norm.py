"""How large the weights of a layer are."""

from worker.trainer.signals.signal import Signal, WatchedLayer
from worker.trainer.untyped import Tensor


def _norm(watched: WatchedLayer) -> Tensor | None:
    """The L2 norm of all trainable variables of the layer together, after the epoch's last step."""
    return watched.weight_norm if watched.weights else None


WEIGHT_NORM = Signal("weight_norm", _norm)
