"""Regularizers: penalties on a variable, or on a layer's output, that are part of the loss."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from spec.language.declared import Declared, OneOf, kinds, said_by
from spec.language.vocabularies import Vocabulary
from spec.networks.left_out import LEFT_OUT_REGULARIZERS
from spec.networks.sizes import MATRIX_RANK, NotNegative


class Regularizer(Declared, is_base=True):
    """Base of the regularizers."""

    def misfit(self, shape: Sequence[int]) -> str | None:
        """Why this cannot penalize a variable of that shape, as a sentence; None where it can."""
        del shape
        return None

    def output_misfit(self, shape: Sequence[int]) -> str | None:
        """Why this cannot penalize an output of that shape (without its batch); None where it can."""
        del shape
        return None


class L1(Regularizer):
    """`l1 * sum(|x|)`."""

    l1: NotNegative = 0.01


class L2(Regularizer):
    """`l2 * sum(x ** 2)`."""

    l2: NotNegative = 0.01


class L1L2(Regularizer):
    """`l1 * sum(|x|) + l2 * sum(x ** 2)`."""

    l1: NotNegative = 0.0
    l2: NotNegative = 0.0


class OrthogonalRegularizer(Regularizer):
    """Penalizes rows (or columns) of a matrix that are not orthogonal to each other."""

    factor: NotNegative = 0.01
    mode: Literal["rows", "columns"] = "rows"

    def misfit(self, shape: Sequence[int]) -> str | None:
        """Needs a matrix with at least two rows (or columns): Keras divides by their number of pairs."""
        if len(shape) != MATRIX_RANK:
            return "`OrthogonalRegularizer` needs a matrix: a variable with two axes."
        if shape[0 if self.mode == "rows" else 1] == 1:
            return f"`OrthogonalRegularizer` needs at least two {self.mode}."
        return None

    def output_misfit(self, shape: Sequence[int]) -> str | None:
        """The rows of an output are the batch, whose size is not known: only columns can be compared."""
        if self.mode == "rows":
            return (
                "`OrthogonalRegularizer` cannot compare the rows of an output, because they are the rows of the batch. "
                'Set its `mode` to "columns".'
            )
        return self.misfit((2, *shape))


REGULARIZER_NAMES: Mapping[str, type[Regularizer]] = {
    **kinds(Regularizer),
    "l1": L1,
    "l2": L2,
    "l1l2": L1L2,
    "orthogonal_regularizer": OrthogonalRegularizer,
}
"""Every string that Keras takes for a regularizer."""

RENAMED: Mapping[str, str] = {"l1_l2": "l1l2", "L1_L2": "L1L2", "ridge": "l2", "lasso": "l1", "weight_decay": "l2"}
"""What older Kerases and others call them."""

RegularizerField = Annotated[
    Regularizer | str,
    OneOf(Regularizer, Vocabulary("regularizer", RENAMED, LEFT_OUT_REGULARIZERS), names=REGULARIZER_NAMES),
]
"""A regularizer, by its name or as an object with a ``type``."""


def regularizer_of(value: Regularizer | str) -> Regularizer:
    """The regularizer that a field's value says."""
    return said_by(value, REGULARIZER_NAMES)
