"""What weights of rows cannot be laid on."""

from collections.abc import Iterator, Sequence
from typing import Literal

from spec.language.faults import Fault, Location, pointer
from spec.metrics import CHOSEN_BY_SHAPE, Metric, named_metric
from spec.metrics.distances import ConcordanceCorrelation, PearsonCorrelation
from spec.metrics.distances import CosineSimilarity as MeanCosineSimilarity
from spec.metrics.overlaps import BinaryIoU
from spec.training.losses import CosineSimilarity, Dice, Loss, Tversky, loss_of

_ACROSS_ROWS = frozenset({0, -2})
"""The axis of the rows, counted from either end."""


WeighedBy = Literal["class_weight", "sample_weight"]
"""The field that weighs rows."""

_PLACES: dict[WeighedBy, str] = {
    "class_weight": "/training/class_weight",
    "sample_weight": "/dataset/sample_weight",
}


def across_rows(loss: Loss | str, weighed_by: WeighedBy | None, units: int) -> Iterator[Fault]:
    """A loss along the rows gives a number for each unit, and none for a row that a weight could multiply.

    Args:
        loss: As it was sent.
        weighed_by: The field that weighs rows; None where none does.
        units: Of the output; with one alone, TensorFlow repeats it for every row.
    """
    meant = loss_of(loss, units)
    if weighed_by is None or units == 1 or not isinstance(meant, CosineSimilarity | Dice | Tversky):
        return
    if meant.axis in _ACROSS_ROWS:
        sentence = (
            f"With `axis` {meant.axis} the loss has one value per unit, not one per row, so rows cannot be weighted. "
            f"Use `axis` -1, or leave `{weighed_by}` out."
        )
        yield Fault(pointer=_PLACES[weighed_by], message=sentence, code="loss_across_rows")


def unweightable(weighted: Sequence[Metric | str], units: int) -> Iterator[Fault]:
    """Metrics that have no number for a row which its weight could multiply.

    Args:
        weighted: The weighted metrics, as they were sent.
        units: Of the output.
    """
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
