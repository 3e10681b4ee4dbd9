"""Callbacks: those of Keras's that decide something about a training.

Those that write files are left out: the service keeps metrics, models and logs by itself.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from spec.language.declared import Declared, OneOf
from spec.language.retired import Retired, formerly
from spec.language.synonyms import CALLBACK_WAYS, RENAMED_CALLBACKS
from spec.language.vocabularies import Vocabulary
from spec.networks.sizes import NotNegative
from spec.training.left_out import LEFT_OUT_CALLBACK_ARGUMENTS, LEFT_OUT_CALLBACKS
from spec.training.non_finite import Epoch, last_stretch, named

Epochs = Annotated[int, Field(ge=0, le=1_000_000)]
"""A number of epochs."""


@dataclass(frozen=True)
class NonFiniteLoss:
    """Where TerminateOnNaN ended the training: epoch and step from 1, and the loss, NaN or infinite."""

    epoch: int
    step: int
    loss: float


@dataclass(frozen=True)
class Ended:
    """A training that ended, as one of its callbacks looks back at it.

    Attributes:
        state: What the callback remembers, by the names of its `Callback.STATE`.
        rows: The epochs that ended.
        is_early: Whether there are fewer than were asked for.
        non_finite_loss: Where a callback that watches the loss ended the training, or None.
    """

    state: Mapping[str, Any]
    rows: Sequence[Epoch]
    is_early: bool = False
    non_finite_loss: NonFiniteLoss | None = None


class Callback(Declared, is_base=True):
    """Base of the callbacks.

    Class attributes:
        STATE: The attributes that the made callback sets as it goes, and that a checkpoint therefore keeps: numbers,
            booleans, None, and lists with an array for each weight of the network. Each kind says them, if only that
            there are none; what it was made with, and what it sets by itself when a training begins, is none of them.
        IS_WATCHING_LOSS: Whether its hooks for training batches do something only after a step whose running loss is
            not a finite number. They are called there alone, and steps go on being taken many at a time.
    """

    NOT_OFFERED: ClassVar[Mapping[str, str]] = LEFT_OUT_CALLBACK_ARGUMENTS
    STATE: ClassVar[tuple[str, ...]]
    IS_WATCHING_LOSS: ClassVar[bool] = False

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:  # noqa: ANN401 - pydantic's signature
        """Refuse a kind that does not say what it remembers: a job with it could not go on to the bit."""
        super().__pydantic_init_subclass__(**kwargs)
        if isinstance(cls.model_fields["type"].default, str) and not hasattr(cls, "STATE"):
            raise TypeError(f"{cls.__name__} does not say its STATE.")

    def end_reason(self, ended: Ended) -> str | None:
        """Why this callback ended the training, in a sentence; None where it did not."""
        del ended

    def restored_epoch(self, ended: Ended) -> int | None:
        """The epoch, from 1, whose weights this callback put back at the end; None where it did not."""
        del ended


class Monitoring(Callback, is_base=True):
    """Base of those that watch one metric.

    Attributes:
        monitor: The name of the metric to monitor, such as "loss" or "val_accuracy". Metrics of the validation rows
            begin with "val_".
        mode: Whether the metric should fall ("min") or rise ("max"). With "auto", Keras decides by the metric.
    """

    monitor: Annotated[str, Field(max_length=128)] = "val_loss"
    mode: Literal["auto", "min", "max"] = "auto"


class EarlyStopping(Monitoring):
    """Stops the training when a metric has not improved for `patience` epochs."""

    min_delta: NotNegative = 0
    patience: Epochs = 0
    baseline: float | None = None
    restore_best_weights: bool = False
    start_from_epoch: Epochs = 0

    STATE: ClassVar[tuple[str, ...]] = ("wait", "stopped_epoch", "best", "best_epoch", "best_weights")

    def end_reason(self, ended: Ended) -> str | None:
        """Since when nothing was better."""
        # Several may stop in the same epoch, and one that did not stop may stand before them.
        is_stopping = ended.state["stopped_epoch"] == len(ended.rows) - 1 and ended.state["stopped_epoch"] > 0
        if not ended.is_early or ended.non_finite_loss is not None or not is_stopping:
            return None
        best: int = ended.state["best_epoch"] + 1
        rows, monitor = ended.rows, f'"{self.monitor}"'
        begin = f"`EarlyStopping` stopped the training because {monitor}"
        stretch = last_stretch(rows, self.monitor)
        if stretch is not None and stretch.first_epoch <= best:
            return f"{begin} was {stretch.told()}."
        if not math.isfinite(rows[best - 1].metrics[self.monitor]):
            value = named(rows[best - 1].metrics[self.monitor])
            return f"{begin} was {value} in epoch {best}, and no value counts as better than that."
        waited = "1 epoch" if ended.state["wait"] == 1 else f"{ended.state['wait']} epochs"
        aim = f" on the baseline of {self.baseline:g}" if self.baseline is not None else ""
        since = (
            f"Its best value was in epoch {best}."
            if stretch is None
            else f"After epoch {best}, it was {stretch.told()}."
        )
        return f"{begin} did not improve{aim} for {waited}. {since}"

    def restored_epoch(self, ended: Ended) -> int | None:
        """The best one, where it is asked for and there is one."""
        has_weights = self.restore_best_weights and ended.state["best_weights"] is not None
        return ended.state["best_epoch"] + 1 if has_weights else None


class ReduceLROnPlateau(Monitoring):
    """Multiplies the learning rate by `factor` when a metric has not improved for `patience` epochs."""

    RETIRED: ClassVar[Mapping[str, Retired]] = {"epsilon": formerly("min_delta")}
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.1
    patience: Epochs = 10
    min_delta: NotNegative = 1e-4
    cooldown: Epochs = 0
    min_lr: NotNegative = 0.0

    STATE: ClassVar[tuple[str, ...]] = ("wait", "cooldown_counter", "best")


class TerminateOnNaN(Callback):
    """Stops the training as soon as the loss is not a finite number."""

    raise_error: bool = False

    STATE: ClassVar[tuple[str, ...]] = ()
    IS_WATCHING_LOSS: ClassVar[bool] = True

    def end_reason(self, ended: Ended) -> str | None:
        """The step at which it happened."""
        if (found := ended.non_finite_loss) is None:
            return None
        event = f"the loss became {named(found.loss)} after step {found.step} of epoch {found.epoch}"
        return f"`TerminateOnNaN` stopped the training because {event}."


class SwapEMAWeights(Callback):
    """Evaluates the validation rows with the moving averages of the weights that `use_ema` of the optimizer keeps.

    With ``swap_on_epoch`` the callbacks after it see the averages as well.
    """

    swap_on_epoch: bool = False

    # A job may be stopped while averages stand in the weights' place: both are kept as they are, and which is where.
    STATE: ClassVar[tuple[str, ...]] = ("_ema_weights_in_model",)


CallbackField = Annotated[
    Callback,
    OneOf(Callback, Vocabulary("callback", RENAMED_CALLBACKS, LEFT_OUT_CALLBACKS, CALLBACK_WAYS)),
]
"""A callback, as an object with a ``type``."""
