"""Which weights a training leaves in ``model.keras``, and which its epochs' validation numbers are of."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from spec.training.callbacks import Callback, Ended, SwapEMAWeights
from spec.training.epoch_columns import VALIDATION
from spec.training.optimizers import optimizer_of
from spec.training.training import TrainingSpec
from worker.trainer.callbacks.declarations import declared_with, kept
from worker.trainer.results.course import Course
from worker.trainer.untyped import KerasObject

EpochWeights = Literal["last", "moving_average"]


@dataclass(frozen=True)
class StoredWeights:
    """What the stored model holds.

    Attributes:
        origin: Those of the end, their moving average, or those of the best epoch, put back by EarlyStopping.
        epoch: As they were after, or if the training broke off, within this epoch, from 1.
        is_averaged: Whether they are moving averages; those of the best epoch can be, too.
    """

    origin: Literal["last", "moving_average", "best_epoch"]
    epoch: int
    is_averaged: bool

    def told(self) -> dict[str, Any]:
        """As the results tell it."""
        return asdict(self)

    def row_metrics(self, course: Course, training: TrainingSpec) -> dict[str, float] | None:
        """Validation metrics of an epoch that are those of the stored weights to the bit; None where there are none.

        Averages are swapped in and out by sums, which round: those of an epoch are not those that are stored.
        """
        has_row = 0 < self.epoch <= len(course.rows)
        if self.is_averaged or not has_row or epoch_weights(training) == "moving_average":
            return None
        row = course.rows[self.epoch - 1].metrics
        return {name: value for name, value in row.items() if name.startswith(VALIDATION)} or None


def epoch_weights(training: TrainingSpec) -> EpochWeights:
    """Of which weights the validation numbers of an epoch are."""
    is_swapping = any(isinstance(one, SwapEMAWeights) for one in training.callbacks)
    return "moving_average" if is_swapping else "last"


def stored_weights(course: Course, training: TrainingSpec, callbacks: Sequence[KerasObject]) -> StoredWeights:
    """What a training ends with, as Keras 3.15 does it.

    Args:
        course: As it ended.
        training: Its spec.
        callbacks: Keras's own, as they ended.
    """
    epochs, found = len(course.rows), course.non_finite_loss
    if found is not None and found.epoch > epochs:
        # TerminateOnNaN raised within the epoch: nothing of what ends a training was done.
        return StoredWeights("last", found.epoch, is_averaged=False)
    looking_back = [
        one.restored_epoch(Ended(kept(made), course.rows)) for one, made in declared_with(training, callbacks)
    ]
    # Keras lets each put its best weights back, one after the other: the last one's stay.
    restored = [(place, epoch) for place, epoch in enumerate(looking_back) if epoch is not None]
    if restored:
        place, epoch = restored[-1]
        is_averaged = any(_is_in_place(one) for one in training.callbacks[:place])
        return StoredWeights("best_epoch", epoch, is_averaged=is_averaged)
    # Where averages stand in the weights' place between epochs, Keras takes them for the weights at the end of the last
    # epoch alone; stopped before, it puts the weights themselves in the place of what it takes for averages.
    is_mistaken = epochs < training.epochs and any(_is_in_place(one) for one in training.callbacks)
    if optimizer_of(training.optimizer).use_ema and not is_mistaken:
        return StoredWeights("moving_average", epochs, is_averaged=True)
    return StoredWeights("last", epochs, is_averaged=False)


def weights_of_moment(
    course: Course,
    training: TrainingSpec,
    callbacks: Sequence[KerasObject],
    *,
    is_whole: bool,
    before: StoredWeights | None,
) -> StoredWeights:
    """What a training holds that did not come to its end.

    Args:
        course: As it stands.
        training: Its spec.
        callbacks: Keras's own, as they stand.
        is_whole: Whether it was stopped between two calls; it may have failed within the first one of an epoch.
        before: What the phase ahead of this one left, where there was one in this attempt.
    """
    epochs = len(course.rows)
    is_within = not course.is_between_epochs if is_whole else course.epoch_began_at is not None
    if before is not None and not is_within and epochs == course.phase_epoch:
        return before
    swapping = (made for one, made in declared_with(training, callbacks) if isinstance(one, SwapEMAWeights))
    is_averaged = any(kept(made)["_ema_weights_in_model"] for made in swapping)
    return StoredWeights("moving_average" if is_averaged else "last", epochs + is_within, is_averaged=is_averaged)


def _is_in_place(callback: Callback) -> bool:
    """Whether a callback has left averages in the weights' place when those after it see the end of an epoch."""
    return isinstance(callback, SwapEMAWeights) and callback.swap_on_epoch
