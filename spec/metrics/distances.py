"""Metrics that tell how far the output is from the target."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from spec.metrics.base import Metric
from spec.networks.sizes import Fraction
from spec.training.losses import ONE_HOT_TWIN, AnyAxis, LastAxis


class MeanSquaredError(Metric):
    """`(target - output) ** 2`."""

    type: Literal["MeanSquaredError"] = "MeanSquaredError"
    CALLED = "mean_squared_error"


class RootMeanSquaredError(Metric):
    """Root of the mean squared error."""

    type: Literal["RootMeanSquaredError"] = "RootMeanSquaredError"
    CALLED = "root_mean_squared_error"


class MeanAbsoluteError(Metric):
    """`|target - output|`."""

    type: Literal["MeanAbsoluteError"] = "MeanAbsoluteError"
    CALLED = "mean_absolute_error"


class MeanAbsolutePercentageError(Metric):
    """`100 * |target - output| / |target|`."""

    type: Literal["MeanAbsolutePercentageError"] = "MeanAbsolutePercentageError"
    CALLED = "mean_absolute_percentage_error"


class MeanSquaredLogarithmicError(Metric):
    """`(log(1 + target) - log(1 + output)) ** 2`."""

    type: Literal["MeanSquaredLogarithmicError"] = "MeanSquaredLogarithmicError"
    CALLED = "mean_squared_logarithmic_error"


class CosineSimilarity(Metric):
    """Cosine between output and target."""

    type: Literal["CosineSimilarity"] = "CosineSimilarity"
    CALLED = "cosine_similarity"
    DIRECTION = "up"
    axis: AnyAxis = -1


class LogCoshError(Metric):
    """Logarithm of the hyperbolic cosine of the error."""

    type: Literal["LogCoshError"] = "LogCoshError"
    CALLED = "logcosh"


class R2Score(Metric):
    """Share of the variance of the target that is explained.

    Keras 3.15 computes the adjusted score, of more than 0 regressors, in eager steps alone, and steps are compiled.
    """

    EXPLAINED: ClassVar[Mapping[str, str]] = {
        **Metric.EXPLAINED,
        "num_regressors": (
            "Keras cannot compute the adjusted R2 score while it trains, so this must be 0: leave it out, and compute "
            "1 - (1 - r2) * (rows - 1) / (rows - num_regressors - 1) from what is reported."
        ),
    }
    type: Literal["R2Score"] = "R2Score"
    CALLED = "r2_score"
    DIRECTION = "up"
    class_aggregation: Literal["uniform_average", "variance_weighted_average"] = "uniform_average"
    num_regressors: Literal[0] = 0

    def numbers(self, output_units: int) -> int:
        """Three sums and a count for each number of a row, and how many rows there were."""
        return 4 * output_units + 1


class PearsonCorrelation(Metric):
    """Pearson correlation along an axis: -1 within each row, 0 over the rows of a batch."""

    type: Literal["PearsonCorrelation"] = "PearsonCorrelation"
    CALLED = "pearson_correlation"
    DIRECTION = "up"
    axis: AnyAxis = -1


class ConcordanceCorrelation(Metric):
    """Concordance correlation (Lin) along an axis: -1 within each row, 0 over the rows of a batch."""

    type: Literal["ConcordanceCorrelation"] = "ConcordanceCorrelation"
    CALLED = "concordance_correlation"
    DIRECTION = "up"
    axis: AnyAxis = -1


class Hinge(Metric):
    """`max(1 - target * output, 0)`."""

    type: Literal["Hinge"] = "Hinge"
    CALLED = "hinge"


class SquaredHinge(Metric):
    """Square of the hinge loss."""

    type: Literal["SquaredHinge"] = "SquaredHinge"
    CALLED = "squared_hinge"


class CategoricalHinge(Metric):
    """Margin between the right class and the best wrong class."""

    type: Literal["CategoricalHinge"] = "CategoricalHinge"
    CALLED = "categorical_hinge"
    WANTS = "one_hot"


class KLDivergence(Metric):
    """`target * log(target / output)`."""

    type: Literal["KLDivergence"] = "KLDivergence"
    CALLED = "kl_divergence"


class Poisson(Metric):
    """`output - target * log(output)`."""

    type: Literal["Poisson"] = "Poisson"
    CALLED = "poisson"


class BinaryCrossentropy(Metric):
    """Binary cross-entropy, without regularizers."""

    type: Literal["BinaryCrossentropy"] = "BinaryCrossentropy"
    CALLED = "binary_crossentropy"
    from_logits: bool = False
    label_smoothing: Fraction = 0


class CategoricalCrossentropy(Metric):
    """Categorical cross-entropy, without regularizers."""

    type: Literal["CategoricalCrossentropy"] = "CategoricalCrossentropy"
    CALLED = "categorical_crossentropy"
    WANTS = "one_hot"
    from_logits: bool = False
    label_smoothing: Fraction = 0
    axis: LastAxis = -1


class SparseCategoricalCrossentropy(Metric):
    """Sparse categorical cross-entropy, without regularizers."""

    type: Literal["SparseCategoricalCrossentropy"] = "SparseCategoricalCrossentropy"
    CALLED = "sparse_categorical_crossentropy"
    NOT_OFFERED: ClassVar[Mapping[str, str]] = {
        **Metric.NOT_OFFERED,
        "label_smoothing": ONE_HOT_TWIN["label_smoothing"],
    }
    WANTS = "classes"
    from_logits: bool = False
    ignore_class: Annotated[int, Field(ge=-(2**31), lt=2**31)] | None = None
    axis: LastAxis = -1
