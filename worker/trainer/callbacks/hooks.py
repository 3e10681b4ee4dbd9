"""Which batches a training's callbacks hear of: where they hear of none, one compiled call takes many steps."""

from collections.abc import Sequence

import keras

from worker.trainer.callbacks.declarations import declarations
from worker.trainer.untyped import KerasObject

_TRAINING = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")
_TEST = ("on_test_batch_begin", "on_test_batch_end")


class BatchHooks:
    """What the hooks of some callbacks ask of the loop.

    Attributes:
        is_hearing_training: Whether one is called ahead of or after each training step.
        is_hearing_test: Likewise, of each step of the evaluation of the validation rows.
        is_watching_loss: Whether one must be called after a step whose running loss is not finite.
    """

    def __init__(self, callbacks: Sequence[KerasObject]) -> None:
        watching = [one for one in callbacks if _is_watching_loss(one)]
        self.is_watching_loss = bool(watching)
        self.is_hearing_training = any(_has(one, _TRAINING) for one in callbacks if one not in watching)
        self.is_hearing_test = any(_has(one, _TEST) for one in callbacks)


def _is_watching_loss(callback: KerasObject) -> bool:
    declared = declarations().get(type(callback))
    return declared is not None and declared.IS_WATCHING_LOSS


def _has(callback: KerasObject, hooks: Sequence[str]) -> bool:
    """Whether a callback's class has one of these hooks of its own."""
    return any(getattr(type(callback), name) is not getattr(keras.callbacks.Callback, name) for name in hooks)
