"""Losses: one class here is one of Keras's, one field one of its constructor's arguments."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from spec.language.declared import Declared, OneOf, kinds, named
from spec.language.synonyms import LOSS_WAYS, RENAMED_LOSSES
from spec.language.vocabularies import Vocabulary
from spec.networks.sizes import Fraction, NotNegative, Positive
from spec.training.left_out import LEFT_OUT_LOSS_ARGUMENTS, LEFT_OUT_LOSSES
from spec.training.targets import Wants

LastAxis = Literal[-1, 1]
"""The last axis of an output (rows, units), counted from either end."""

AnyAxis = Literal[-2, -1, 0, 1]
"""An axis of an output (rows, units), counted from either end."""


class Loss(Declared, is_base=True):
    """Base of the losses.

    Class attributes:
        WANTS: What the output is compared with.
        IS_BINARY: Whether a target of one number can only be 0 or 1.
        IS_CROSSENTROPY: Whether the output is read as probabilities (as logits with ``from_logits``).
    """

    WANTS: ClassVar[Wants] = "match"
    IS_BINARY: ClassVar[bool] = False
    IS_CROSSENTROPY: ClassVar[bool] = False
    NOT_OFFERED: ClassVar[Mapping[str, str]] = LEFT_OUT_LOSS_ARGUMENTS

    reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"] = "sum_over_batch_size"

    @property
    def has_logits(self) -> bool:
        """Whether the output is read as logits."""
        return bool(getattr(self, "from_logits", False))


class Smoothed(BaseModel):
    """Base of the cross-entropies that can smooth their targets; it stands before `Loss`."""

    IS_CROSSENTROPY: ClassVar[bool] = True
    from_logits: bool = False
    label_smoothing: Fraction = 0.0
    axis: LastAxis = -1


class Focal(BaseModel):
    """Base of those that give less weight to rows that are already right, likewise."""

    alpha: Fraction = 0.25
    gamma: NotNegative = 2.0


class OfClassNumbers(BaseModel):
    """Base of the cross-entropies whose targets are class numbers: as a loss, and as a metric."""

    WANTS: ClassVar[Wants] = "classes"
    from_logits: bool = False
    ignore_class: Annotated[int, Field(ge=-(2**31), lt=2**31)] | None = None
    axis: LastAxis = -1


class BinaryCrossentropy(Smoothed, Loss):
    """Cross-entropy for two classes and one output, or for labels that do not exclude each other."""

    IS_BINARY = True


class BinaryFocalCrossentropy(Loss):
    """Binary cross-entropy that gives less weight to rows that are already right."""

    IS_BINARY = True
    IS_CROSSENTROPY = True
    apply_class_balancing: bool = False
    alpha: Fraction = 0.25
    gamma: NotNegative = 2.0
    from_logits: bool = False
    label_smoothing: Fraction = 0.0
    axis: LastAxis = -1


class CategoricalCrossentropy(Smoothed, Loss):
    """Cross-entropy for one-hot targets."""

    WANTS = "one_hot"


class CategoricalFocalCrossentropy(Smoothed, Focal, Loss):
    """Categorical cross-entropy that gives less weight to rows that are already right."""

    WANTS = "one_hot"


class CategoricalGeneralizedCrossEntropy(Loss):
    """Between cross-entropy and absolute error, which makes it robust against wrong labels."""

    WANTS = "classes"
    q: Annotated[float, Field(gt=0, lt=1)] = 0.5


class CategoricalHinge(Loss):
    """Margin between the right class and the best wrong class."""

    WANTS = "one_hot"


class Circle(Loss):
    """Moves outputs of the same class together and those of different classes apart. The output is an embedding."""

    WANTS = "classes"
    gamma: Positive = 80.0
    margin: NotNegative = 0.4
    remove_diagonal: bool = True


class CosineSimilarity(Loss):
    """Negative cosine between output and target, so that -1 is best."""

    axis: AnyAxis = -1


class Dice(Loss):
    """1 minus the Dice coefficient (twice the overlap divided by the sum), for masks."""

    axis: AnyAxis | None = None


class Hinge(Loss):
    """`max(1 - target * output, 0)`, where the targets 0 and 1 are read as -1 and 1."""

    IS_BINARY = True


class Huber(Loss):
    """Squared error near 0, and absolute error beyond `delta`."""

    delta: Positive = 1.0


class KLDivergence(Loss):
    """`target * log(target / output)`."""


class LogCosh(Loss):
    """Logarithm of the hyperbolic cosine of the error."""


class MeanAbsoluteError(Loss):
    """`|target - output|`."""


class MeanAbsolutePercentageError(Loss):
    """`100 * |target - output| / |target|`."""


class MeanSquaredError(Loss):
    """`(target - output) ** 2`."""


class MeanSquaredLogarithmicError(Loss):
    """`(log(1 + target) - log(1 + output)) ** 2`."""


class Poisson(Loss):
    """`output - target * log(output)`, for counts."""


ONE_HOT_TWIN: Mapping[str, str] = {
    "label_smoothing": (
        "Keras smooths only one-hot targets. Use `CategoricalCrossentropy`, for which the service makes the targets "
        "one-hot."
    ),
    **dict.fromkeys(
        ("alpha", "gamma"),
        "Keras has a focal loss only for one-hot targets. Use `CategoricalFocalCrossentropy`, for which the service "
        "makes the targets one-hot.",
    ),
}
"""What the sparse loss lacks, and the same loss of one-hot targets has."""


class SparseCategoricalCrossentropy(OfClassNumbers, Loss):
    """Cross-entropy for class numbers as targets."""

    IS_CROSSENTROPY = True
    NOT_OFFERED: ClassVar[Mapping[str, str]] = {**LEFT_OUT_LOSS_ARGUMENTS, **ONE_HOT_TWIN}


class SquaredHinge(Loss):
    """Square of the hinge loss."""

    IS_BINARY = True


class Tversky(Loss):
    """Dice with separate weights for false positives (`alpha`) and false negatives (`beta`)."""

    alpha: NotNegative = 0.5
    beta: NotNegative = 0.5
    axis: AnyAxis | None = None


_FUNCTIONS: dict[str, type[Loss]] = {
    "binary_crossentropy": BinaryCrossentropy,
    "binary_focal_crossentropy": BinaryFocalCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "categorical_focal_crossentropy": CategoricalFocalCrossentropy,
    "categorical_hinge": CategoricalHinge,
    "circle": Circle,
    "cosine_similarity": CosineSimilarity,
    "dice": Dice,
    "hinge": Hinge,
    "huber": Huber,
    "kl_divergence": KLDivergence,
    "log_cosh": LogCosh,
    "mean_absolute_error": MeanAbsoluteError,
    "mean_absolute_percentage_error": MeanAbsolutePercentageError,
    "mean_squared_error": MeanSquaredError,
    "mean_squared_logarithmic_error": MeanSquaredLogarithmicError,
    "poisson": Poisson,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    "squared_hinge": SquaredHinge,
    "tversky": Tversky,
    "bce": BinaryCrossentropy,
    "kld": KLDivergence,
    "mae": MeanAbsoluteError,
    "mse": MeanSquaredError,
    "mape": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError,
}

LOSS_NAMES: Mapping[str, type[Loss]] = {
    **{name: kind for name, kind in kinds(Loss).items() if kind is not CategoricalGeneralizedCrossEntropy},
    **_FUNCTIONS,
    **{name.upper(): _FUNCTIONS[name] for name in ("bce", "kld", "mae", "mse", "mape", "msle")},
}
"""The strings that Keras takes for one loss."""

CHOSEN_BY_SHAPE: tuple[str, ...] = ("crossentropy", "ce")
"""Strings for which Keras chooses: binary cross-entropy before one output, else by how the targets are laid."""

LossField = Annotated[
    Loss | str,
    OneOf(
        Loss,
        Vocabulary("loss", RENAMED_LOSSES, LEFT_OUT_LOSSES, LOSS_WAYS),
        names={**LOSS_NAMES, **dict.fromkeys(CHOSEN_BY_SHAPE)},
    ),
]
"""A loss, by its name or as an object with a ``type``."""


def named_loss(name: str) -> Loss:
    """The loss that a string stands for, with Keras's defaults."""
    return named(name, LOSS_NAMES)


def loss_of(value: Loss | str, output_units: int) -> Loss:
    """The loss that a field's value says, before an output of so many numbers a row.

    Class targets are given by their number to what Keras chooses by shape, which is then the sparse one.
    """
    if not isinstance(value, str):
        return value
    if value in CHOSEN_BY_SHAPE:
        return named_loss("binary_crossentropy" if output_units == 1 else "sparse_categorical_crossentropy")
    return named_loss(value)
