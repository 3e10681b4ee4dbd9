"""How a network is trained: the arguments of Keras's ``compile`` and ``fit`` that are data."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, Strict

from spec.callbacks import CallbackField
from spec.class_weights import ClassWeight
from spec.declared import Section, rule
from spec.faults import fault_error, raise_faults
from spec.left_out_training import (
    LEFT_OUT_COMPILE_ARGUMENTS,
    LEFT_OUT_FIT_ARGUMENTS,
    LEFT_OUT_OPTIMIZER_METHODS,
)
from spec.lists import AtMost
from spec.losses import LossField, loss_of
from spec.metrics import Metric, MetricField
from spec.optimizers import Optimizer, OptimizerField
from spec.sizes import Seed
from spec.targets import Encoding, encoding_of

MAX_EPOCHS = 100_000
"""The most epochs a job may ask for."""

MAX_BATCH_SIZE = 65_536
"""The most rows a batch may have."""

MAX_METRICS = 32
"""The most metrics a job may ask for, in both lists together."""

Precision = Literal["float32", "mixed_float16", "mixed_bfloat16"]
"""What layers compute in, by the names of Keras's dtype policies; variables are float32 in each."""

_BELONGS = '`optimizer` is where the rate belongs: `{"type": "SGD", "learning_rate": 0.01}`'


class TrainingSpec(Section):
    """A training. What is not said is as in Keras.

    Attributes:
        loss: By name or as an object.
        optimizer: By name or as an object.
        metrics: Each by name or as an object; reported beside ``loss``.
        weighted_metrics: The same, where each training row counts as much as `class_weight` says. Validation and test
            rows have no weights.
        epochs: How often the rows are gone through.
        batch_size: Rows a step; the last batch of an epoch may be smaller and is trained on.
        validation_split: The fraction of the training rows, the last ones, that is held back.
        shuffle: Whether epoch e (from 0) takes its rows in the order
            ``numpy.random.default_rng([seed, e]).permutation(n)``, or as they stand.
        seed: Of the weights, of dropout and of the order of the rows; drawn and reported where it is missing.
        callbacks: What may end the training early or change its rate.
        class_weight: Class number -> how much its rows count in the loss; 1 where it is missing. "balanced" gives all
            classes of the training rows the same weight in all; the results tell the weights.
        precision: Keras's dtype policy of the layers. Under "mixed_float16" Keras scales the loss, and passes over the
            steps whose gradients are not finite.
    """

    RETIRED: ClassVar[Mapping[str, str]] = {
        **{
            name: f'`optimizer` is where this belongs: `{{"type": "Adam", "{name}": …}}`'
            for name in (*Optimizer.model_fields, *LEFT_OUT_OPTIMIZER_METHODS)
            if name != "type"
        },
        "lr": _BELONGS,
        "learning_rate": _BELONGS,
        "momentum": '`optimizer` is where momentum belongs: `{"type": "SGD", "momentum": 0.9}`',
        "nb_epoch": "`epochs` is today's name of `nb_epoch`",
        "num_epochs": "`epochs` is what Keras calls this",
        "validation_fraction": "`validation_split` is what Keras calls this",
        "random_state": "`seed` is what this is called here",
        "weights": "`class_weight` gives classes a weight",
        "early_stopping": '`callbacks` is where this belongs: `[{"type": "EarlyStopping"}]`',
        "minibatch_size": "`batch_size` is what Keras calls this",
        "dtype": "`precision` is what this is called here",
        "dtype_policy": "`precision` is what this is called here",
        "mixed_precision": '`precision` is what this is called here: `"mixed_bfloat16"` or `"mixed_float16"`',
    }

    NOT_OFFERED: ClassVar[Mapping[str, str]] = {**LEFT_OUT_COMPILE_ARGUMENTS, **LEFT_OUT_FIT_ARGUMENTS}
    EXPLAINED: ClassVar[Mapping[str, str]] = {
        "metrics": 'This must be a list of metrics, such as ["accuracy"].',
        "weighted_metrics": 'This must be a list of metrics, such as ["accuracy"].',
        "callbacks": 'This must be a list of callbacks, such as [{"type": "EarlyStopping", "patience": 5}].',
        "class_weight": (
            'This must be an object that gives class numbers their weights, such as {"0": 1.0, "1": 2.5}. '
            'Classes are numbered from 0; one that is not named has the weight 1. "balanced" computes the weights.'
        ),
    }

    loss: LossField
    optimizer: OptimizerField = "rmsprop"
    metrics: Annotated[tuple[MetricField, ...], Strict(False), AtMost(MAX_METRICS, "metrics")] = ()  # noqa: FBT003 - JSON has lists
    weighted_metrics: Annotated[tuple[MetricField, ...], Strict(False), AtMost(MAX_METRICS, "metrics")] = ()  # noqa: FBT003 - JSON has lists
    epochs: Annotated[int, Field(ge=1, le=MAX_EPOCHS)] = 1
    batch_size: Annotated[int, Field(ge=1, le=MAX_BATCH_SIZE)] = 32
    validation_split: Annotated[float, Field(ge=0, lt=1)] = 0.0
    shuffle: bool = True
    seed: Seed | None = None
    callbacks: Annotated[tuple[CallbackField, ...], Strict(False), AtMost(16, "callbacks")] = ()  # noqa: FBT003 - JSON has lists
    class_weight: ClassWeight | None = None
    precision: Precision = "float32"

    @rule
    def _check_number_of_metrics(self) -> None:
        count = len(self.metrics) + len(self.weighted_metrics)
        if count > MAX_METRICS and self.weighted_metrics:
            sentence = f"`metrics` and `weighted_metrics` hold at most {MAX_METRICS} metrics together, not {count}."
            raise_faults([fault_error("too_many", sentence, at=("weighted_metrics",))])

    @property
    def all_metrics(self) -> tuple[Metric | str, ...]:
        """Both lists of metrics, in the order in which Keras makes and reports them."""
        return (*self.metrics, *self.weighted_metrics)


def target_encoding(training: TrainingSpec, classes: int | None, output_units: int) -> Encoding:
    """How the targets are laid for a training.

    Args:
        training: Whose loss says what it wants.
        classes: How many classes the target has; None for a target that is a number.
        output_units: The size of the network's last axis.
    """
    return encoding_of(loss_of(training.loss, output_units).WANTS, classes, output_units)
