"""Callbacks: those of Keras's that decide something about a training.

Those that write files are left out: the service keeps metrics, models and logs by itself.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from spec.language.declared import Declared, OneOf
from spec.language.retired import Retired, formerly
from spec.language.synonyms import CALLBACK_WAYS, RENAMED_CALLBACKS
from spec.language.vocabularies import Vocabulary
from spec.networks.sizes import NotNegative
from spec.training.left_out import LEFT_OUT_CALLBACK_ARGUMENTS, LEFT_OUT_CALLBACKS

Epochs = Annotated[int, Field(ge=0, le=1_000_000)]
"""A number of epochs."""


class Callback(Declared):
    """Base of the callbacks."""

    NOT_OFFERED: ClassVar[Mapping[str, str]] = LEFT_OUT_CALLBACK_ARGUMENTS


class Monitoring(Callback):
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

    type: Literal["EarlyStopping"] = "EarlyStopping"
    min_delta: NotNegative = 0
    patience: Epochs = 0
    baseline: float | None = None
    restore_best_weights: bool = False
    start_from_epoch: Epochs = 0


class ReduceLROnPlateau(Monitoring):
    """Multiplies the learning rate by `factor` when a metric has not improved for `patience` epochs."""

    type: Literal["ReduceLROnPlateau"] = "ReduceLROnPlateau"
    RETIRED: ClassVar[Mapping[str, Retired]] = {"epsilon": formerly("min_delta")}
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.1
    patience: Epochs = 10
    min_delta: NotNegative = 1e-4
    cooldown: Epochs = 0
    min_lr: NotNegative = 0.0


class TerminateOnNaN(Callback):
    """Stops the training as soon as the loss is not a finite number."""

    type: Literal["TerminateOnNaN"] = "TerminateOnNaN"
    raise_error: bool = False


class SwapEMAWeights(Callback):
    """Evaluates the validation rows with the moving averages of the weights that `use_ema` of the optimizer keeps.

    With ``swap_on_epoch`` the callbacks after it see the averages as well.
    """

    type: Literal["SwapEMAWeights"] = "SwapEMAWeights"
    swap_on_epoch: bool = False


CallbackField = Annotated[
    Callback,
    OneOf(Callback, Vocabulary("callback", RENAMED_CALLBACKS, LEFT_OUT_CALLBACKS, CALLBACK_WAYS)),
]
"""A callback, as an object with a ``type``."""
