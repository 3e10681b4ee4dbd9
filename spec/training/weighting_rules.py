"""What weights of rows cannot be laid on."""

from collections.abc import Iterator, Mapping, Sequence

from spec.language.faults import Fault, Location, pointer
from spec.metrics import CHOSEN_BY_SHAPE, Metric, named_metric
from spec.metrics.distances import ConcordanceCorrelation, PearsonCorrelation
from spec.metrics.distances import CosineSimilarity as MeanCosineSimilarity
from spec.metrics.overlaps import BinaryIoU
from spec.training.losses import CosineSimilarity, Dice, Loss, Tversky, loss_of

_ACROSS_ROWS = frozenset({0, -2})
"""The axis of the rows, counted from either end."""


def across_rows(loss: Loss | str, class_weight: Mapping[str, float] | str | None, units: int) -> Iterator[Fault]:
    """A loss along the rows gives a number for each unit, and none for a row that a weight could multiply.

    Args:
        loss: As it was sent.
        class_weight: As it was sent.
        units: Of the output; with one alone, TensorFlow repeats it for every row.
    """
    meant = loss_of(loss, units)
    if class_weight is None or units == 1 or not isinstance(meant, CosineSimilarity | Dice | Tversky):
        return
    if meant.axis in _ACROSS_ROWS:
        sentence = (
            f"With `axis` {meant.axis} the loss has one value per unit, not one per row, so rows cannot be weighted. "
            "Use `axis` -1, or leave `class_weight` out."
        )
        yield Fault(pointer="/training/class_weight", message=sentence, code="loss_across_rows")


def unweightable(
    weighted: Sequence[Metric | str], class_weight: Mapping[str, float] | str | None, units: int
) -> Iterator[Fault]:
    """Metrics that have no number for a row which its weight could multiply.

    Args:
        weighted: The weighted metrics, as they were sent.
        class_weight: As it was sent.
        units: Of the output.
    """
    if class_weight is None:
        return
    for index, said in enumerate(weighted):
        if said in CHOSEN_BY_SHAPE:
            continue
        metric = named_metric(said) if isinstance(said, str) else said
        at: Location = ("training", "weighted_metrics", index)
        if isinstance(metric, MeanCosineSimilarity | PearsonCorrelation | ConcordanceCorrelation):
            if metric.axis in _ACROSS_ROWS:
                sentence = (
                    f"With `axis` {metric.axis} the metric has one value per unit, not one per row, so rows cannot be "
                    "weighted. Use `axis` -1, or move it to `metrics`."
                )
                yield Fault(pointer=pointer((*at, "axis")), message=sentence, code="metric_across_rows")
        elif isinstance(metric, BinaryIoU) and units > 1:
            sentence = (
                f"BinaryIoU takes one weight per unit, and a row has one weight for all {units} units. Move it to "
                "`metrics`, or use OneHotMeanIoU."
            )
            yield Fault(pointer=pointer(at), message=sentence, code="metric_of_units")
