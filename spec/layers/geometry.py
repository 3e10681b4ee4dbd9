"""What a layer is by arithmetic: shapes, variables, costs, and what is said where it cannot be."""

import math
from dataclasses import dataclass

Shape = tuple[int, ...]
"""The shape of one row: never with the batch axis."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a layer.

    Attributes:
        name: Keras's own short name, as ``kernel``.
        shape: Its shape.
        role: The beginning of the fields that govern it: ``<role>_initializer``, ``…_regularizer``, ``…_constraint``.
        is_trainable: Whether training moves it while the layer is not frozen.
        folder: The layers within the layer that it is a variable of, as in ``forward_lstm/lstm_cell``.
    """

    name: str
    shape: Shape
    role: str = ""
    is_trainable: bool = True
    folder: str = ""

    @property
    def path(self) -> str:
        """Its name within the layer: no other variable of the layer has it."""
        return f"{self.folder}/{self.name}" if self.folder else self.name

    @property
    def parameters(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Geometry:
    """What a layer is for given inputs.

    Attributes:
        output: Shape of its output.
        variables: Its variables in Keras's order.
        flops: Additions and multiplications of one row's forward pass; an estimate.
        kept: Numbers a row's backward pass needs kept; an estimate.
    """

    output: Shape
    variables: tuple[Variable, ...] = ()
    flops: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Named:
    """The name of a layer that another holds.

    Attributes:
        name: Keras's.
        held: Those of the layers that it holds itself.
    """

    name: str
    held: tuple["Named", ...] = ()


class ShapeFault(Exception):
    """A layer cannot take such an input.

    Attributes:
        field: The layer's field to blame, or None where the whole layer is.
        message: A sentence.
        code: Stable and snake_case.
        within: The fields that lead to the layer, from the one that holds it.
    """

    def __init__(
        self, message: str, *, field: str | None = None, code: str = "shape_mismatch", within: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
        self.code = code
        self.within = within

    def held_in(self, field: str) -> "ShapeFault":
        """The same fault, of the layer that this field of another holds."""
        return ShapeFault(self.message, field=self.field, code=self.code, within=(field, *self.within))
