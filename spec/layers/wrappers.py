"""Layers that hold a layer: one that reads in both directions, one that is applied to each step."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic_core import InitErrorDetails

from spec.language.declared import OneOf, kinds, rule
from spec.language.faults import fault_error, raise_faults
from spec.language.retired import Retired
from spec.layers.base import FOREIGN, Geometry, Layer, Named, Part, Shape, ShapeFault, Variable, using_mask
from spec.layers.masks import UNMASKED, Masked, MaskShape
from spec.layers.recurrent import MOST_UNROLLED, StepReader, too_many_steps
from spec.networks.layer_vocabulary import LAYERS

_ONLY_RECURRENT = "A `Bidirectional` holds a recurrent layer. Use `LSTM`, `GRU`, `SimpleRNN` or `ConvLSTM2D`."
WRAPPERS = ("Bidirectional", "TimeDistributed", "SpectralNormalization")
"""The layers that hold one. They are declared after what says which of them can be held."""
_READS_ONE = "A `TimeDistributed` has a single input. Use the layer itself, which merges whole sequences."
_ADDS_POSITIONS = "It is put together from several layers. Use it without a `TimeDistributed`."
_UNCOUNTED = "Keras does not count its penalty there. Put it after the `TimeDistributed`."

RECURRENT = OneOf(
    Layer,
    LAYERS,
    unfit={name: _ONLY_RECURRENT for name in (*kinds(Layer), *WRAPPERS) if name not in kinds(StepReader)},
)
"""What a `Bidirectional` can hold."""

DISTRIBUTED = OneOf(
    Layer,
    LAYERS,
    unfit={
        **{name: _READS_ONE for name, kind in kinds(Layer).items() if kind.MOST_INPUTS != 1},
        "Embedding": "It replaces every number of a row, whatever its shape. Use it without a `TimeDistributed`.",
        "Masking": "The mask that it makes would be lost. Use it without a `TimeDistributed`.",
        "ActivityRegularization": _UNCOUNTED,
        **{name: _ADDS_POSITIONS for name, kind in kinds(Layer).items() if kind.IS_OWN},
        "TimeDistributed": "Use a `Reshape` before it that makes one axis of both axes of steps.",
    },
)
"""What a `TimeDistributed` can hold."""

RecurrentField = Annotated[Layer, RECURRENT]
DistributedField = Annotated[Layer, DISTRIBUTED]


class Wrapper(Layer, is_base=True):
    """Base of the layers that hold layers.

    Class attributes:
        HELD: The fields that hold one, in the order in which Keras makes them, each with what it takes.
    """

    HELD: ClassVar[Mapping[str, OneOf]] = {}

    RETIRED: ClassVar[Mapping[str, Retired]] = FOREIGN

    @property
    def held(self) -> dict[str, Layer]:
        """The layers that it holds, by their fields."""
        found = {field: getattr(self, field) for field in self.HELD}
        return {field: layer for field, layer in found.items() if layer is not None}

    @rule
    def _check_held(self) -> None:
        lines: list[InitErrorDetails] = []
        for field, layer in self.held.items():
            if layer.inputs is not None:
                sentence = "The layer that is held reads what this layer reads. Set the `inputs` of this layer."
                lines.append(fault_error("held_inputs", sentence, at=(field, "inputs")))
            if not layer.trainable:
                sentence = "A layer and what it holds are trained together. Set `trainable` of the layer around it."
                lines.append(fault_error("held_trainable", sentence, at=(field, "trainable")))
        raise_faults(lines)

    def arguments(self) -> dict[str, Any]:
        """As `Layer.arguments`; Keras's constructors would freeze the layer without what it holds."""
        said = super().arguments()
        said.pop("trainable", None)
        return said

    def unrolled(self, inputs: Sequence[Shape]) -> int:
        """Those of the layers that it holds."""
        return sum(part.layer.unrolled(part.inputs) for part in self.parts(inputs))

    def _of(self, field: str, layer: Layer, named: Named, inputs: Sequence[Shape]) -> Geometry:
        """The geometry of a layer that it holds."""
        try:
            return layer.geometry_as(named.held, inputs)
        except ShapeFault as fault:
            raise fault.held_in(field) from None


def within(folder: str, variables: Sequence[Variable]) -> Iterator[Variable]:
    """The variables of a layer as those of what holds it."""
    for variable in variables:
        yield replace(variable, folder=f"{folder}/{variable.folder}" if variable.folder else folder)


class Bidirectional(Wrapper):
    """Reads a sequence in both directions, with a recurrent layer for each.

    Attributes:
        layer: The recurrent layer that reads forwards. The one that reads backwards is like it, with weights of its
            own.
        merge_mode: How the outputs of both are joined: one behind the other, or added, multiplied or averaged.
        backward_layer: The recurrent layer that reads backwards, where it is not like the other.
    """

    layer: RecurrentField
    merge_mode: Literal["concat", "sum", "mul", "ave"] = "concat"
    backward_layer: RecurrentField | None = None

    EXPLAINED: ClassVar[Mapping[str, str]] = {
        **Layer.EXPLAINED,
        "merge_mode": (
            '`merge_mode` must be "concat", "sum", "mul" or "ave". Null would give two outputs. Use two recurrent '
            "layers instead, one of them with `go_backwards`."
        ),
    }
    HELD: ClassVar[Mapping[str, OneOf]] = {"layer": RECURRENT, "backward_layer": RECURRENT}

    @property
    def _pair(self) -> tuple[StepReader, StepReader | None]:
        return cast("StepReader", self.layer), cast("StepReader | None", self.backward_layer)

    @rule
    def _check_directions(self) -> None:
        forward, backward = self._pair
        if backward is None:
            if forward.go_backwards:
                sentence = "The other layer reads backwards by itself. Leave `go_backwards` out."
                raise_faults([fault_error("same_direction", sentence, at=("layer", "go_backwards"))])
            return
        if forward.go_backwards == backward.go_backwards:
            sentence = "One of both layers must read backwards. Set `go_backwards` of the `backward_layer` to true."
            raise_faults([fault_error("same_direction", sentence, at=("backward_layer",))])

    @rule
    def _check_likeness(self) -> None:
        forward, backward = self._pair
        if backward is None:
            return
        widths = (forward.WIDTH,) if forward.WIDTH == backward.WIDTH else ()
        for field in (*widths, "return_sequences"):
            if getattr(forward, field) != getattr(backward, field):
                sentence = f"Both layers must have the same `{field}`."
                raise_faults([fault_error("unlike_layers", sentence, at=("backward_layer", field))])

    def geometry_as(self, held: Sequence[Named], inputs: Sequence[Shape]) -> Geometry:
        """The variables of both layers, the forward one's first."""
        forward, backward = self._pair
        one = self._of("layer", forward, held[0], inputs)
        other = one if backward is None else self._of("backward_layer", backward, held[1], inputs)
        name = held[0].name
        names = (
            f"forward_{name.removeprefix('forward_')}",
            f"backward_{name.removeprefix('backward_')}" if backward is None else held[1].name,
        )
        if names[0] == names[1]:
            sentence = f'Both layers would be called "{names[0]}". Give this one another name.'
            raise ShapeFault(sentence, field="backward_layer", code="duplicate_name")
        if one.output != other.output:
            sentence = (
                f"The output of this layer has the shape {list(other.output)}, and that of the other layer "
                f"{list(one.output)}. They must be the same to be joined."
            )
            raise ShapeFault(sentence, field="backward_layer", code="unlike_layers")
        output = (*one.output[:-1], 2 * one.output[-1]) if self.merge_mode == "concat" else one.output
        size = math.prod(output)
        return Geometry(
            output,
            (*within(names[0], one.variables), *within(names[1], other.variables)),
            flops=one.flops + other.flops + (0 if self.merge_mode == "concat" else size),
            kept=one.kept + other.kept + size,
        )

    def parts(self, inputs: Sequence[Shape]) -> Iterator[Part]:
        """Both read what it reads."""
        for field, layer in self.held.items():
            yield Part(field, layer, inputs)

    def unrolled(self, inputs: Sequence[Shape]) -> int:
        """Those of both layers, be the second said or not."""
        return super().unrolled(inputs) * (2 if self.backward_layer is None else 1)

    def masked(self, inputs: Sequence[Shape], output: Shape, masks: Sequence[MaskShape | None]) -> Masked:
        """As its layers."""
        forward, backward = self._pair
        if backward is not None:
            backward.masked(inputs, output, masks)
        return forward.masked(inputs, output, masks)


class TimeDistributed(Wrapper):
    """Applies a layer to each step of a sequence, with the same weights.

    Attributes:
        layer: The layer, which reads one step. A `Dense` needs no `TimeDistributed`: it is applied to each step anyway.
    """

    layer: DistributedField

    CARRIES_MASK: ClassVar[bool] = True
    HELD: ClassVar[Mapping[str, OneOf]] = {"layer": DISTRIBUTED}

    @rule
    def _check_penalty(self) -> None:
        if getattr(self.layer, "activity_regularizer", None) is not None:
            sentence = (
                "Keras does not count the `activity_regularizer` of a layer within a `TimeDistributed`. Add an "
                "`ActivityRegularization` layer after it."
            )
            raise_faults([fault_error("uncounted_penalty", sentence, at=("layer", "activity_regularizer"))])

    def geometry_as(self, held: Sequence[Named], inputs: Sequence[Shape]) -> Geometry:
        """The layer's output for each step, and its variables once."""
        (part,) = self.parts(inputs)
        steps = inputs[0][0]
        one = self._of("layer", part.layer, held[0], part.inputs)
        return Geometry(
            (steps, *one.output),
            tuple(within(held[0].name, one.variables)),
            flops=steps * one.flops,
            kept=steps * (one.kept + math.prod(one.output)),
        )

    def parts(self, inputs: Sequence[Shape]) -> Iterator[Part]:
        """Its layer reads one step.

        Raises:
            ShapeFault: If there are none, or too many.
        """
        shape = inputs[0]
        if len(shape) < 2:  # noqa: PLR2004 -- steps, and at least one axis of each
            sentence = (
                f"`TimeDistributed` needs an input with at least two axes, the first of which are the steps, but its "
                f"input has the shape {list(shape)}."
            )
            raise ShapeFault(sentence, code="wrong_rank")
        if shape[0] > MOST_UNROLLED:
            raise too_many_steps(shape[0], None, "Most layers can read all steps at once, behind a `Reshape`.")
        yield Part("layer", self.layer, [shape[1:]])

    def unrolled(self, inputs: Sequence[Shape]) -> int:
        """Its layer is compiled for each step, with all that is unrolled within it."""
        return inputs[0][0] * max(1, super().unrolled(inputs))

    def masked(self, inputs: Sequence[Shape], output: Shape, masks: Sequence[MaskShape | None]) -> Masked:
        """Its layer gets the part of the mask that belongs to the step; the mask goes on as it came."""
        mask = masks[0]
        if mask is None:
            return UNMASKED
        using_mask(self.type, masks, inputs[0], is_carried=True)
        told = self.layer.masked([inputs[0][1:]], output[1:], [mask[1:]])
        return Masked(mask, "used" if told.role == "used" else "carried")


def without_cudnn(layer: Layer) -> Layer:
    """The layer as it is made where a mask comes to it: its kernels are not left for Keras to choose.

    NVIDIA's end a training if a row has a masked step ahead of one that is not, or no other steps, and were wrong with
    masks in several versions.
    """
    update: dict[str, Any] = {}
    if getattr(layer, "use_cudnn", None) == "auto":
        update["use_cudnn"] = False
    if isinstance(layer, Wrapper):
        update |= {field: without_cudnn(held) for field, held in layer.held.items()}
    return layer.model_copy(update=update) if update else layer
