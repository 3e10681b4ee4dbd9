"""How far the optimizer moves a layer in one step, in proportion to what it moves."""

import tensorflow as tf

from worker.trainer.signals.norms import norm_of
from worker.trainer.signals.signal import Signal, WatchedLayer
from worker.trainer.untyped import Tensor


def _ratio(watched: WatchedLayer) -> Tensor | None:
    """``|after - before| / |before|`` of the epoch's last step, in L2 norms over all trainable variables of the layer.

    It is what was really done, so it holds for every optimizer, schedule and multiplier, with clipping, decay and
    constraints. Where there was nothing before, it is measured by what there is after: 1, or 0 where nothing moved.
    About 0.001 is usual (A. Karpathy, CS231n, "Ratio of weights:updates").
    """
    if not watched.before:
        return None
    moved = norm_of([after - before for after, before in zip(watched.weights, watched.before, strict=True)])
    before = norm_of(watched.before)
    return tf.math.divide_no_nan(moved, tf.where(before > 0, before, watched.weight_norm))


UPDATE_RATIO = Signal("update_ratio", _ratio)
