"""Where what a layer gives is centred."""

from worker.trainer.signals.signal import Signal, WatchedLayer
from worker.trainer.untyped import Tensor


def _mean(watched: WatchedLayer) -> Tensor | None:
    """The mean of the layer's output over rows, places and units together."""
    return None if watched.moments is None else watched.moments[0]


ACTIVATION_MEAN = Signal("activation_mean", _mean)
