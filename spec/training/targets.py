"""How a row's target is laid before a loss and its metrics: as a class number, as a one-hot vector, or as a number."""

from typing import Literal

Wants = Literal["classes", "one_hot", "match", "number"]
"""What a loss or a metric compares the output with.

- ``classes``: a class number; the output has one number a class.
- ``one_hot``: a vector with a 1 at the class; the output has one number a class.
- ``match``: what has the output's shape: one-hot where it has one number a class, the number where it has one.
- ``number``: the number itself; the output has one number.
"""

Encoding = Literal["classes", "one_hot", "number", "labels"]
"""How targets are laid before Keras.

- ``classes``: whole numbers, shape (rows,).
- ``one_hot``: float32, shape (rows, classes).
- ``number``: float32, shape (rows, units), one unit for class numbers and for one number.
- ``labels``: float32, shape (rows, units), 1 for each label that holds and 0 for the others.
"""


def encoding_of(wants: Wants, classes: int | None, output_units: int, *, has_labels: bool = False) -> Encoding:
    """How the targets are laid for a loss that wants this, before an output of so many numbers a row.

    Args:
        wants: What the loss compares with.
        classes: How many classes the target has; None for a target of numbers or labels.
        output_units: The size of the output's last axis.
        has_labels: Whether the target is labels.
    """
    if has_labels:
        return "labels"
    if classes is None or wants == "number":
        return "number"
    if wants == "match":
        return "number" if output_units == 1 else "one_hot"
    return wants


def is_met(wants: Wants, encoding: Encoding) -> bool:
    """Whether targets laid so are what a metric wants."""
    if wants == "match":
        return encoding != "classes"
    return wants == encoding
