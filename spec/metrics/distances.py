"""Metrics that tell how far the output is from the target."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from spec.metrics.base import Metric
from spec.networks.sizes import Fraction
from spec.training.losses import ONE_HOT_TWIN, AnyAxis, LastAxis, OfClassNumbers


class MeanSquaredError(Metric):
    """`(target - output) ** 2`."""


class RootMeanSquaredError(Metric):
    """Root of the mean squared error."""


class MeanAbsoluteError(Metric):
    """`|target - output|`."""


class MeanAbsolutePercentageError(Metric):
    """`100 * |target - output| / |target|`."""


class MeanSquaredLogarithmicError(Metric):
    """`(log(1 + target) - log(1 + output)) ** 2`."""


class CosineSimilarity(Metric):
    """Cosine between output and target."""

    DIRECTION = "up"
    axis: AnyAxis = -1


class LogCoshError(Metric):
    """Logarithm of the hyperbolic cosine of the error."""

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
    DIRECTION = "up"
    class_aggregation: Literal["uniform_average", "variance_weighted_average"] = "uniform_average"
    num_regressors: Literal[0] = 0

    def numbers(self, output_units: int) -> int:
        """Three sums and a count for each number of a row, and how many rows there were."""
        return 4 * output_units + 1


class Correlation(Metric, is_base=True):
    """Base of the correlations along an axis."""

    DIRECTION = "up"
    axis: AnyAxis = -1


class PearsonCorrelation(Correlation):
    """Pearson correlation along an axis: -1 within each row, 0 over the rows of a batch."""


class ConcordanceCorrelation(Correlation):
    """Concordance correlation (Lin) along an axis: -1 within each row, 0 over the rows of a batch."""


class Hinge(Metric):
    """`max(1 - target * output, 0)`."""


class SquaredHinge(Metric):
    """Square of the hinge loss."""


class CategoricalHinge(Metric):
    """Margin between the right class and the best wrong class."""

    WANTS = "one_hot"


class KLDivergence(Metric):
    """`target * log(target / output)`."""


class Poisson(Metric):
    """`output - target * log(output)`."""


class BinaryCrossentropy(Metric):
    """Binary cross-entropy, without regularizers."""

    from_logits: bool = False
    label_smoothing: Fraction = 0


class CategoricalCrossentropy(Metric):
    """Categorical cross-entropy, without regularizers."""

    WANTS = "one_hot"
    from_logits: bool = False
    label_smoothing: Fraction = 0
    axis: LastAxis = -1


class SparseCategoricalCrossentropy(OfClassNumbers, Metric):
    """Sparse categorical cross-entropy, without regularizers."""

    NOT_OFFERED: ClassVar[Mapping[str, str]] = {
        **Metric.NOT_OFFERED,
        "label_smoothing": ONE_HOT_TWIN["label_smoothing"],
    }
