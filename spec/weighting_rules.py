"""What weights of rows cannot be laid on."""

from collections.abc import Iterator, Mapping

from spec.faults import Fault
from spec.losses import CosineSimilarity, Dice, Loss, Tversky, loss_of

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
