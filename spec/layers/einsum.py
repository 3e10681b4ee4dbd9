"""The layer whose kernel is multiplied as an equation says, with the axes as letters."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import Field

from spec.language.declared import rule
from spec.language.faults import fault_error, raise_faults
from spec.language.retired import Retired, superfluous
from spec.language.sentences import counted, enumeration
from spec.layers.base import FOREIGN, KERNEL_FORMERLY, Geometry, Shape, ShapeFault, Variable
from spec.layers.kernels import Activating
from spec.networks.constraints import ConstraintField
from spec.networks.initializers import InitializerField
from spec.networks.regularizers import RegularizerField
from spec.networks.sizes import LARGEST_SIZE, Whole, WholeOrList, listed

_EQUATION = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")

_BIAS = Retired('A bias is added along the axes that are listed by their letters, such as "d".', "bias_axes")

MOST_AXES = 12
"""How many axes input, kernel and output may have together: TensorFlow 2.21 computes no further."""

FORMS = '"ab,bc->ac", "...b,bc->...c" or "ab...,bc->ac..."'


@dataclass(frozen=True, slots=True)
class Equation:
    """An equation of two factors, read.

    Attributes:
        read: The letters of the input's axes; those of the ellipsis are not among them.
        kernel: Those of the kernel's.
        told: Those of the output's.
        is_left: Whether an ellipsis stands ahead of the input's letters.
        is_right: Whether one stands behind them.
    """

    read: str
    kernel: str
    told: str
    is_left: bool
    is_right: bool

    @classmethod
    def of(cls, text: str) -> "Equation | None":
        """The equation; None where it has none of the forms that Keras takes."""
        found = _EQUATION.fullmatch(text)
        if found is None:
            return None
        left, read, right, kernel, left_told, told, right_told = found.groups()
        is_left, is_right = left is not None, right is not None
        if (is_left, is_right) != (left_told is not None, right_told is not None) or (is_left and is_right):
            return None
        return cls(read, kernel, told, is_left, is_right)

    @property
    def batch(self) -> str:
        """The letter of the batch; none where the ellipsis stands for it."""
        return "" if self.is_left else self.read[0]

    def fault(self) -> str | None:
        """What is wrong with it, whatever the input is."""
        return next(self._misformed(), None) or next(self._unread(), None)

    def _misformed(self) -> Iterator[str]:
        for letters, what in ((self.read, "input"), (self.kernel, "kernel"), (self.told, "output")):
            if len(set(letters)) < len(letters):
                yield f"Each axis of the {what} needs a letter of its own."
        if len({*self.read, *self.kernel, *self.told}) > MOST_AXES:
            yield f"An equation can name at most {MOST_AXES} axes."
        if self.batch and self.told[0] != self.batch:
            yield f'The first axis is the batch. Let the output begin with "{self.batch}", as the input does.'
        if self.batch and self.batch in self.kernel:
            yield f'"{self.batch}" is the batch, which the kernel cannot have as an axis.'
        if self.is_right and len(self.read) == 1:
            yield "Ahead of the ellipsis there must be the batch and another axis."
        if len(self.told) == len(self.batch):
            yield "The output needs an axis beside the batch."

    def _unread(self) -> Iterator[str]:
        for letter in self.told:
            if letter not in self.read + self.kernel:
                yield f'The output has the axis "{letter}", which neither the input nor the kernel has.'
        for letter in self.kernel:
            if letter not in self.read + self.told:
                yield f'The kernel has the axis "{letter}", which neither the input nor the output has.'


class EinsumDense(Activating):
    """Multiplies its input with a kernel, along the axes that an Einstein summation says.

    Attributes:
        equation: The axes of the input, of the kernel and of the output by letters, such as "abc,cd->abd", where the
            first letter is the batch. An ellipsis stands for all axes that are not named, as in "...x,xy->...y".
        output_shape: The size of each named axis of the output, without the batch.
        bias_axes: The letters of the output's axes along which the bias differs, such as "d". By default, there is
            no bias.
    """

    equation: Annotated[str, Field(min_length=1, max_length=100)]
    output_shape: Annotated[Whole, WholeOrList(1, LARGEST_SIZE)]
    bias_axes: Annotated[str, Field(min_length=1, max_length=MOST_AXES)] | None = None
    kernel_initializer: InitializerField = "glorot_uniform"
    bias_initializer: InitializerField = "zeros"
    kernel_regularizer: RegularizerField | None = None
    bias_regularizer: RegularizerField | None = None
    kernel_constraint: ConstraintField | None = None
    bias_constraint: ConstraintField | None = None

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **FOREIGN,
        **KERNEL_FORMERLY,
        "bias": _BIAS,
        "use_bias": _BIAS,
        "gptq_unpacked_column_size": superfluous("Quantization is not supported."),
    }
    EXPLAINED: ClassVar[Mapping[str, str]] = {
        **Activating.EXPLAINED,
        "output_shape": (
            "This must be the size of each named axis of the output, without the batch, as a whole number or a list "
            "of them. null is not supported, because Keras would not know the size for the layers that follow."
        ),
    }

    @property
    def parsed(self) -> Equation:
        """The equation, read."""
        found = Equation.of(self.equation.replace(" ", ""))
        if found is None:
            raise AttributeError
        return found

    def arguments(self) -> dict[str, Any]:
        """As `Layer.arguments`; Keras takes an equation without spaces."""
        return super().arguments() | {"equation": self.equation.replace(" ", "")}

    @rule
    def _check_equation(self) -> None:
        equation = Equation.of(self.equation.replace(" ", ""))
        reason = f"This must have the form {FORMS}." if equation is None else equation.fault()
        if reason is not None:
            raise_faults([fault_error("bad_equation", reason, at=("equation",))])

    @rule
    def _check_output_shape(self) -> None:
        equation = self.parsed
        named = equation.told.replace(equation.batch, "") if equation.batch else equation.told
        if equation.fault() is None and len(listed(self.output_shape)) != len(named):
            sentence = (
                f"The output of this equation has {counted(len(named), 'named axis', 'named axes')} beside the batch, "
                f"and this has {counted(len(listed(self.output_shape)), 'size')}."
            )
            raise_faults([fault_error("list_length", sentence, at=("output_shape",))])

    @rule
    def _check_bias_axes(self) -> None:
        equation, axes = self.parsed, self.bias_axes or ""
        foreign = [letter for letter in axes if letter not in equation.told or letter == equation.batch]
        if foreign or len(set(axes)) < len(axes):
            known = [f'"{letter}"' for letter in equation.told if letter != equation.batch]
            sentence = f"These must be axes of the output other than the batch, each once: {enumeration(known)}."
            raise_faults([fault_error("bad_axes", sentence, at=("bias_axes",))])

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Kernel and bias as the equation says."""
        shape = self.single(inputs)
        equation = self.parsed
        apart = self._apart(equation, shape)
        sizes = dict(zip(equation.read, self._named(equation, shape), strict=True))
        given = dict(zip(equation.told[len(equation.batch) :], listed(self.output_shape), strict=True))
        for letter, size in given.items():
            if letter in sizes and sizes[letter] != size:
                sentence = (
                    f'Axis "{letter}" of the output is an axis of the input, too, which is {sizes[letter]} long there '
                    f"and {size} here."
                )
                raise ShapeFault(sentence, field="output_shape")
        known = sizes | given
        kernel = tuple(known[letter] for letter in equation.kernel)
        output = (*apart, *given.values()) if equation.is_left else (*given.values(), *apart)
        variables = [Variable("kernel", kernel, "kernel")]
        if self.bias_axes:
            variables.append(Variable("bias", self._bias(equation, given, apart), "bias"))
        size = math.prod(output)
        summed = math.prod(known[letter] for letter in {*equation.read, *equation.kernel} - {*equation.told})
        extra = int(self.bias_axes is not None) + int(self.is_activated)
        return Geometry(
            output, tuple(variables), flops=size * (2 * summed + extra), kept=size * (1 + int(self.is_activated))
        )

    def _apart(self, equation: Equation, shape: Shape) -> Shape:
        """The axes of a row that the ellipsis stands for."""
        named = len(equation.read) - len(equation.batch)
        has_ellipsis = equation.is_left or equation.is_right
        if named > len(shape) or (named < len(shape) and not has_ellipsis):
            wanted = "at least " if has_ellipsis else ""
            sentence = (
                f"This equation reads rows with {wanted}{counted(named, 'axis', 'axes')}, but the input has the shape "
                f"{list(shape)}."
            )
            raise ShapeFault(sentence, field="equation", code="wrong_rank")
        apart = shape[: len(shape) - named] if equation.is_left else shape[named:]
        if equation.is_left and apart != apart[::-1]:
            # Keras 3.15 tells the layers behind it, and its own bias, that these axes stand in the opposite order.
            sentence = (
                f"Keras mistakes the order of the axes {list(apart)} that this ellipsis stands for. Give each of them "
                'a letter, as in "abcd,de->abce".'
            )
            raise ShapeFault(sentence, field="equation", code="mistaken_axes")
        count = len({*equation.read, *equation.kernel, *equation.told}) + len(apart) + int(equation.is_left)
        if count > MOST_AXES:
            sentence = (
                f"With what the ellipsis stands for, this equation has {count} axes, and TensorFlow computes at most "
                f"{MOST_AXES}. Add a Reshape before it that merges some of them."
            )
            raise ShapeFault(sentence, field="equation", code="too_many_axes")
        return apart

    @staticmethod
    def _named(equation: Equation, shape: Shape) -> Shape:
        """The sizes of the input's named axes; 0 stands for the batch."""
        named = len(equation.read) - len(equation.batch)
        return shape[len(shape) - named :] if equation.is_left else (0, *shape[:named])

    def _bias(self, equation: Equation, given: Mapping[str, int], apart: Shape) -> Shape:
        """As long as the output where it differs, and 1 elsewhere, from the first axis along which it does."""
        axes = self.bias_axes or ""
        first = min(equation.told.index(letter) for letter in axes)
        bias = tuple(given[letter] if letter in axes else 1 for letter in equation.told[first:])
        return bias if equation.is_left else (*bias, *(1,) * len(apart))
