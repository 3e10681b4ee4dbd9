"""How a network is trained: the arguments of Keras's ``compile`` and ``fit`` that are data."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import Field, model_validator

from spec.language.declared import Section, rule
from spec.language.faults import fault_error, raise_faults
from spec.language.lists import AtMost, Several
from spec.language.retired import Retired, called, formerly
from spec.metrics import Metric, MetricField
from spec.networks.sizes import Seed
from spec.training.callbacks import CallbackField
from spec.training.class_weights import ClassWeight
from spec.training.initial_weights import InitialWeights
from spec.training.learning_rate_multipliers import LearningRateMultipliers
from spec.training.left_out import LEFT_OUT_COMPILE_ARGUMENTS, LEFT_OUT_FIT_ARGUMENTS, LEFT_OUT_OPTIMIZER_METHODS
from spec.training.losses import LossField, loss_of
from spec.training.optimizers import Optimizer, OptimizerField
from spec.training.phases import MOST_PHASES, Phase, epochs_of
from spec.training.targets import Encoding, encoding_of

MAX_EPOCHS = 100_000
"""The most epochs a job may ask for."""

MAX_BATCH_SIZE = 65_536
"""The most rows a batch may have."""

MAX_METRICS = 32
"""The most metrics a job may ask for, in both lists together."""

Precision = Literal["float32", "mixed_float16", "mixed_bfloat16"]
"""What layers compute in, by the names of Keras's dtype policies; variables are float32 in each."""

_RATE = Retired(
    'The learning rate is an argument of the optimizer, as in {"type": "SGD", "learning_rate": 0.01}.', "optimizer"
)


class TrainingSpec(Section):
    """How a network is trained. The defaults are those of Keras.

    Attributes:
        loss: The loss, by its name or as an object.
        optimizer: The optimizer, by its name or as an object.
        metrics: The metrics to report beside the loss, each by its name or as an object.
        weighted_metrics: Metrics in which training rows are weighted by `class_weight`. Validation and test rows have
            no weights.
        epochs: How many times the training goes through all training rows. By default, once, or as often as all
            `phases` together.
        batch_size: The number of rows per step. The last batch of an epoch can be smaller, and is used, too.
        validation_split: The fraction of the training rows, taken from the end, that is held back for validation.
        shuffle: Whether epoch e (counted from 0) uses the rows in the order
            ``numpy.random.default_rng([seed, e]).permutation(n)``. Otherwise the rows keep their order.
        seed: The seed for the weights, for dropout and for the order of the rows. If it is missing, one is drawn and
            reported.
        callbacks: Callbacks that can end the training early or change the learning rate.
        class_weight: The weight of each class number in the loss, or "balanced", which gives all classes the same total
            weight. A class that is not listed has the weight 1. The results contain the weights.
        precision: The dtype policy of Keras for the layers. With "mixed_float16", Keras scales the loss and skips steps
            whose gradients are not finite.
        phases: Parts of the training, one after the other, each with other frozen layers or another optimizer. By
            default, the training is a single one.
        learning_rate_multipliers: Names of layers, each with the number that multiplies their learning rate, as in
            ``{"hidden_*": 0.1}``. A ``*`` stands for any characters. Keras trains such layers with an optimizer of
            the same kind (`keras.optimizers.MultiOptimizer`).
        initial_weights: The weights that the training begins with, copied from a network that was trained before. By
            default, all weights are fresh.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **dict.fromkeys(LEFT_OUT_OPTIMIZER_METHODS, Retired("This is a part of the optimizer.", "optimizer")),
        **{
            name: Retired('This is an argument of the optimizer, as in {"type": "Adam", "{name}": …}.', "optimizer")
            for name in Optimizer.model_fields
            if name != "type"
        },
        "lr": _RATE,
        "learning_rate": _RATE,
        "momentum": Retired(
            'Momentum is an argument of the optimizer, as in {"type": "SGD", "momentum": 0.9}.', "optimizer"
        ),
        "nb_epoch": formerly("epochs"),
        "num_epochs": called("epochs"),
        "validation_fraction": called("validation_split"),
        "random_state": called("seed"),
        "weights": Retired("Only classes can have weights.", "class_weight"),
        "early_stopping": Retired('Early stopping is a callback, as in [{"type": "EarlyStopping"}].', "callbacks"),
        "minibatch_size": called("batch_size"),
        "dtype": called("precision"),
        "dtype_policy": called("precision"),
        "mixed_precision": Retired(
            '"{name}" has a different name here, and is set to "mixed_bfloat16" or "mixed_float16".', "precision"
        ),
    }

    NOT_OFFERED: ClassVar[Mapping[str, str]] = {**LEFT_OUT_COMPILE_ARGUMENTS, **LEFT_OUT_FIT_ARGUMENTS}
    EXPLAINED: ClassVar[Mapping[str, str]] = {
        "metrics": 'This must be a list of metrics, such as ["accuracy"].',
        "weighted_metrics": 'This must be a list of metrics, such as ["accuracy"].',
        "callbacks": 'This must be a list of callbacks, such as [{"type": "EarlyStopping", "patience": 5}].',
        "class_weight": (
            'This must be an object from class numbers to weights, such as {"0": 1.0, "1": 2.5}, or "balanced", which '
            "computes the weights. Classes are numbered from 0, and a class that is not listed has the weight 1."
        ),
    }

    loss: LossField
    optimizer: OptimizerField = "rmsprop"
    metrics: Annotated[Several[MetricField], AtMost(MAX_METRICS, "metrics")] = ()
    weighted_metrics: Annotated[Several[MetricField], AtMost(MAX_METRICS, "metrics")] = ()
    epochs: Annotated[int, Field(ge=1, le=MAX_EPOCHS)] = 1
    batch_size: Annotated[int, Field(ge=1, le=MAX_BATCH_SIZE)] = 32
    validation_split: Annotated[float, Field(ge=0, lt=1)] = 0.0
    shuffle: bool = True
    seed: Seed | None = None
    callbacks: Annotated[Several[CallbackField], AtMost(16, "callbacks")] = ()
    class_weight: ClassWeight | None = None
    precision: Precision = "float32"
    phases: Annotated[Several[Phase], AtMost(MOST_PHASES, "phases")] = ()
    learning_rate_multipliers: LearningRateMultipliers = Field(default_factory=dict[str, float])
    initial_weights: InitialWeights | None = None

    @model_validator(mode="before")
    @classmethod
    def _count_epochs(cls, value: object) -> object:
        """Where only the phases say how many epochs there are, all of them together are."""
        if not isinstance(value, dict):
            return value
        members = cast("dict[str, Any]", value)
        phases = members.get("phases")
        if "epochs" in members or not isinstance(phases, list | tuple) or not phases:
            return members
        counts = [_epochs_said(phase) for phase in cast("list[object]", phases)[:MOST_PHASES]]
        total = sum(counts) if all(counts) else 0
        return {**members, "epochs": total} if 0 < total <= MAX_EPOCHS else members

    @rule
    def _check_epochs_of_phases(self) -> None:
        total = epochs_of(self.phases)
        if total > MAX_EPOCHS:
            sentence = f"All phases together can have at most {MAX_EPOCHS:,} epochs, not {total:,}."
            raise_faults([fault_error("too_many", sentence, at=("phases",))])
        if self.phases and total != self.epochs:
            sentence = f"All phases together train {total:,} epochs, not {self.epochs:,}. Leave `epochs` out."
            raise_faults([fault_error("contradicting_epochs", sentence, at=("epochs",))])

    @rule
    def _check_number_of_metrics(self) -> None:
        count = len(self.metrics) + len(self.weighted_metrics)
        if count > MAX_METRICS and self.weighted_metrics:
            sentence = f"`metrics` and `weighted_metrics` together can have at most {MAX_METRICS} metrics, not {count}."
            raise_faults([fault_error("too_many", sentence, at=("weighted_metrics",))])

    @property
    def all_metrics(self) -> tuple[Metric | str, ...]:
        """Both lists of metrics, in the order in which Keras makes and reports them."""
        return (*self.metrics, *self.weighted_metrics)


def _epochs_said(phase: object) -> int:
    """How many epochs a phase asks for; 0 where that is not well said."""
    said = cast("dict[str, object]", phase).get("epochs") if isinstance(phase, dict) else getattr(phase, "epochs", 0)
    return said if isinstance(said, int) and not isinstance(said, bool) and said > 0 else 0


def target_encoding(
    training: TrainingSpec, classes: int | None, output_units: int, *, has_labels: bool = False
) -> Encoding:
    """How the targets are laid for a training.

    Args:
        training: Whose loss says what it wants.
        classes: How many classes the target has; None for a target of numbers or labels.
        output_units: The size of the network's last axis.
        has_labels: Whether the target is labels.
    """
    return encoding_of(loss_of(training.loss, output_units).WANTS, classes, output_units, has_labels=has_labels)
