"""What every layer has in common: its name, what it reads, and its geometry by arithmetic."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BeforeValidator,
    Field,
    PrivateAttr,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from spec.language.declared import Declared
from spec.language.faults import fault_error, raise_faults
from spec.language.retired import Retired, formerly, superfluous
from spec.language.sentences import enumeration
from spec.layers.geometry import Geometry, Named, Shape, ShapeFault, Variable
from spec.layers.masks import UNMASKED, Masked, MaskShape, is_along
from spec.networks.left_out import LEFT_OUT_LAYER_ARGUMENTS
from spec.networks.regularizers import RegularizerField

INPUT = "input"
"""What ``inputs`` calls the network's own input."""

RESERVED_NAMES = frozenset({INPUT, "input_layer"})
"""Names no layer may have: the network's input, in the spec and in Keras."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}")


@dataclass(frozen=True, slots=True)
class Part:
    """A layer that another holds, and what it reads.

    Attributes:
        field: Of the layer that holds it.
        layer: The layer.
        inputs: The shapes of its inputs.
    """

    field: str
    layer: "Layer"
    inputs: Sequence[Shape]


@dataclass(frozen=True, slots=True)
class Nested:
    """A layer of a network, or one that it holds.

    Attributes:
        layer: The layer.
        within: The fields that lead to it, from the layer of the network.
    """

    layer: "Layer"
    within: tuple[str, ...] = ()


def _check_name(value: object) -> object:
    if value is None or not isinstance(value, str):
        return value
    if value in RESERVED_NAMES:
        raise_faults(
            [fault_error("reserved_name", f'"{value}" is reserved for the input of the network. Choose another name.')]
        )
    if not _NAME.fullmatch(value):
        sentence = (
            "The name of a layer must have 1 to 64 characters: the letters A to Z and a to z, digits, underscores, "
            "hyphens and dots. It must begin with a letter or a digit."
        )
        raise_faults([fault_error("bad_name", sentence)])
    return value


def _list_inputs(value: object) -> object:
    if isinstance(value, list):
        return tuple(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # JSON: of anything
    return (value,) if isinstance(value, str) else value


LayerName = Annotated[str, BeforeValidator(_check_name)]
InputNames = Annotated[
    tuple[str, ...],
    BeforeValidator(_list_inputs, json_schema_input_type=list[str] | str),
    Field(min_length=1, max_length=1000),
]

_FROM_DATA = superfluous("The input shape comes from the data set.")

FOREIGN: Mapping[str, Retired] = {
    "input_shape": _FROM_DATA,
    "input_dim": _FROM_DATA,
    "batch_input_shape": _FROM_DATA,
    "input_length": _FROM_DATA,
    "batch_size": Retired("The batch size belongs to the training. Set it at /training/batch_size."),
    "weights": superfluous("The first weights of a layer are drawn by its initializers."),
    "autocast": superfluous("Every layer casts its inputs to the type that it computes in."),
}
"""Arguments that Keras's layers know, or knew, and no layer here has."""

KERNEL_FORMERLY: Mapping[str, Retired] = {
    "init": formerly("kernel_initializer"),
    "bias": formerly("use_bias"),
    "W_regularizer": formerly("kernel_regularizer"),
    "b_regularizer": formerly("bias_regularizer"),
    "W_constraint": formerly("kernel_constraint"),
    "b_constraint": formerly("bias_constraint"),
    "lora_rank": superfluous("Low-rank adaptation is not supported."),
    "lora_alpha": superfluous("Low-rank adaptation is not supported."),
    "quantization_config": superfluous("Quantization is not supported."),
}
"""What older Kerases called the arguments of layers with a kernel, and what is left out of today's."""


class Layer(Declared, is_base=True):
    """Base of the layers.

    Attributes:
        name: The name of the layer. By default, Keras's own, such as ``dense_1``.
        inputs: The names of the layers that it reads. "input" is that of the network, unless its data set makes several
            inputs, which have names of their own. By default, the layer before.
        trainable: Whether training changes the variables of the layer.
        dtype: "float32" makes the layer compute in float32, whatever the ``precision`` of the training. Keras
            recommends it for the last layer under mixed precision.
        activity_regularizer: A penalty on the output of the layer, which is part of the loss.

    Class attributes:
        AXES: What its input's axes are called, where their number is fixed.
        FEWEST_INPUTS: How many inputs it needs.
        MOST_INPUTS: How many it takes; None is any number.
        CARRIES_MASK: Whether the mask of its input is that of its output (Keras: ``supports_masking``).
        CALL_ARGUMENTS: Fields that Keras takes where a layer is called, not where it is made.
        KERAS_NAME: What Keras calls its class where it is offered under another name; automatic names come from it.
        IS_OWN: Whether Keras has no such layer: it is put together from those of Keras.
        NEEDS_GRAPH: Whether it cannot stand in a Sequential.
    """

    name: LayerName | None = None
    inputs: InputNames | None = None
    trainable: bool = True
    dtype: Literal["float32"] | None = None
    activity_regularizer: RegularizerField | None = None

    RETIRED: ClassVar[Mapping[str, Retired]] = FOREIGN
    NOT_OFFERED: ClassVar[Mapping[str, str]] = LEFT_OUT_LAYER_ARGUMENTS
    EXPLAINED: ClassVar[Mapping[str, str]] = {
        "dtype": (
            'The `dtype` of a layer can only be "float32", which makes it compute in float32 under mixed precision, '
            "too. "
            "Set the precision of all other layers at /training/precision."
        )
    }
    AXES: ClassVar[tuple[str, ...] | None] = None
    FEWEST_INPUTS: ClassVar[int] = 1
    MOST_INPUTS: ClassVar[int | None] = 1
    CARRIES_MASK: ClassVar[bool] = False
    CALL_ARGUMENTS: ClassVar[frozenset[str]] = frozenset()
    KERAS_NAME: ClassVar[str | None] = None
    IS_OWN: ClassVar[bool] = False
    NEEDS_GRAPH: ClassVar[bool] = False

    _inherited: frozenset[str] = PrivateAttr(default=frozenset())

    @classmethod
    def _shares_names(cls) -> bool:
        return False

    @property
    def inherited(self) -> frozenset[str]:
        """Fields that the network's ``defaults`` said, not this layer itself."""
        return self._inherited

    def inheriting(self, fields: frozenset[str]) -> "Layer":
        """The same layer, knowing which of its fields came from ``defaults``."""
        self._inherited = fields
        return self

    @model_serializer(mode="wrap")
    def _leave_out_inherited(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo):  # noqa: ANN202 - an annotation here would replace the layer's documented schema  # pyright: ignore[reportUnknownParameterType]
        del info
        dumped: dict[str, Any] = handler(self)
        return {name: value for name, value in dumped.items() if name not in self._inherited}

    def arguments(self) -> dict[str, Any]:
        """The Keras constructor's arguments that were said, nested `Declared` things as they are."""
        said = {name: value for name, value in super().arguments().items() if name not in self.CALL_ARGUMENTS}
        said.pop("inputs", None)
        if self.trainable:
            said.pop("trainable", None)
        if self.dtype is None:
            said.pop("dtype", None)
        return said

    def call_arguments(self) -> dict[str, Any]:
        """What Keras is told where the layer is called, beside its inputs."""
        return {name: getattr(self, name) for name in sorted(self.CALL_ARGUMENTS & self.model_fields_set)}

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Output, variables and costs for inputs of these shapes.

        Raises:
            ShapeFault: If the layer cannot take them.
        """
        raise NotImplementedError

    def geometry_as(self, held: Sequence[Named], inputs: Sequence[Shape]) -> Geometry:
        """As `geometry`, where the layers that it holds have these names.

        Raises:
            ShapeFault: As `geometry`.
        """
        del held
        return self.geometry(inputs)

    @property
    def held(self) -> Mapping[str, "Layer"]:
        """The layers that it holds, by their fields, in the order in which Keras makes them."""
        return {}

    def parts(self, inputs: Sequence[Shape]) -> Iterator[Part]:
        """The layers that it holds, with what they read.

        Raises:
            ShapeFault: If they cannot read it.
        """
        del inputs
        yield from ()

    def nested(self) -> Iterator[Nested]:
        """The layer, and all that it holds, however deep."""
        yield Nested(self)
        for field, layer in self.held.items():
            for one in layer.nested():
                yield Nested(one.layer, (field, *one.within))

    def unrolled(self, inputs: Sequence[Shape]) -> int:
        """How many steps would be compiled one by one."""
        return inputs[0][0] if getattr(self, "unroll", False) else 0

    def masked(self, inputs: Sequence[Shape], output: Shape, masks: Sequence[MaskShape | None]) -> Masked:
        """What becomes of the masks of the inputs.

        Args:
            inputs: The shapes of the inputs.
            output: The shape of the output.
            masks: The shape of the mask of each input; None where it has none.

        Raises:
            ShapeFault: If the layer cannot compute with such masks.
        """
        del inputs, output
        if all(mask is None for mask in masks):
            return UNMASKED
        return Masked(masks[0], "carried") if self.CARRIES_MASK else Masked(None, "lost")

    def single(self, inputs: Sequence[Shape]) -> Shape:
        """The shape of the only input, its number of axes checked against `AXES`."""
        shape = inputs[0]
        if self.AXES is not None and len(shape) != len(self.AXES):
            wanted = "one axis" if len(self.AXES) == 1 else f"{len(self.AXES)} axes"
            raise ShapeFault(
                f"`{self.type}` needs an input with {wanted} ({enumeration(self.AXES)}), but its input has the shape "
                f"{list(shape)}.{self._mend(shape)}",
                code="wrong_rank",
            )
        return shape

    def _mend(self, shape: Shape) -> str:
        """How to give the input the axes that are wanted, where the way is plain."""
        if self.AXES is not None and len(shape) == len(self.AXES) - 1 and self.AXES[-1] == "channels":
            return f" Add a `Reshape` with `target_shape` {[*shape, 1]} before it, which adds the channels."
        return ""


def axis_index(axis: int, shape: Shape, *, field: str) -> int:
    """The index into ``shape`` (no batch) of an axis counted as Keras counts (batch 0, last -1).

    Raises:
        ShapeFault: If there is no such axis, or it is the batch.
    """
    rank = len(shape) + 1
    if not -rank <= axis < rank:
        sentence = f"There is no axis {axis}, because the input has the shape {list(shape)}."
        raise ShapeFault(sentence, field=field, code="no_axis")
    if axis % rank == 0:
        raise ShapeFault("Axis 0 is the batch. The first axis of a row is 1.", field=field, code="no_axis")
    return axis % rank - 1


def axis_indices(axes: Sequence[int], shape: Shape, *, field: str) -> list[int]:
    """`axis_index` of several, each of which must be another.

    Raises:
        ShapeFault: As `axis_index`, and if an axis is said twice.
    """
    indices = [axis_index(axis, shape, field=field) for axis in axes]
    if len(set(indices)) < len(indices):
        raise ShapeFault("An axis is listed twice.", field=field, code="no_axis")
    return indices


def using_mask(kind: str, masks: Sequence[MaskShape | None], shape: Shape, *, is_carried: bool) -> Masked:
    """What becomes of the mask of the only input of a layer that computes with it.

    Args:
        kind: The type of the layer.
        masks: Of its input.
        shape: Of its input.
        is_carried: Whether the mask is that of the output, too.

    Raises:
        ShapeFault: If the mask does not have an entry for each place along all axes but the last.
    """
    mask = masks[0]
    if mask is None:
        return UNMASKED
    if not is_along(mask, shape):
        sentence = (
            f"The mask of the input has the shape {list(mask)}, and `{kind}` needs one of the shape "
            f"{list(shape[:-1])}. Add a layer that drops the mask, such as `Reshape`, before it."
        )
        raise ShapeFault(sentence, code="mask_shape")
    return Masked(mask if is_carried else None, "used")


def elementwise(shape: Shape, *, cost: int = 1, variables: tuple[Variable, ...] = ()) -> Geometry:
    """Geometry of a layer that turns every element into one: ``cost`` operations for each."""
    size = math.prod(shape)
    return Geometry(shape, variables, flops=cost * size, kept=size)


def along_axes(axes: Sequence[int], shape: Shape, *, cost: int) -> Geometry:
    """As `elementwise`, of a layer that looks along a field ``axis``.

    Raises:
        ShapeFault: As `axis_indices`.
    """
    axis_indices(axes, shape, field="axis")
    return elementwise(shape, cost=cost)
