"""Recurrent layers: they read a sequence step by step."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from spec.language.faults import fault_error, raise_faults
from spec.language.retired import Retired, called, formerly, superfluous
from spec.layers.base import FOREIGN, KERNEL_FORMERLY, Geometry, Layer, Shape, ShapeFault, Variable, using_mask
from spec.layers.convolution import OfSequences
from spec.layers.masks import Masked, MaskShape
from spec.networks.activations import ActivationField
from spec.networks.constraints import ConstraintField
from spec.networks.initializers import InitializerField
from spec.networks.regularizers import RegularizerField
from spec.networks.sizes import Seed, Size

MOST_UNROLLED = 1000
"""How many steps may be written out one after the other: each is compiled by itself."""

GateRate = Annotated[float, Field(ge=0, lt=1)]
"""The share dropped. With a rate of 1 Keras drops nothing."""

CuDnn = Annotated[
    Literal["auto", False],
    # Generators of clients have no word for an enumeration of a string and a boolean.
    WithJsonSchema({"anyOf": [{"type": "string", "enum": ["auto"]}, {"type": "boolean", "enum": [False]}]}),
]
"""Whether NVIDIA's own kernels are used: where they can be, or never."""

CUDNN_EXPLAINED: Mapping[str, str] = {
    "use_cudnn": '`use_cudnn` can be "auto" or false. With true, a training would fail on a worker without a GPU.'
}

_ONE_WAY = Retired('To read a sequence in both directions, write {"type": "Bidirectional", "layer": {…}} around it.')

RECURRENT_FORMERLY: Mapping[str, Retired] = {
    **{name: said for name, said in {**FOREIGN, **KERNEL_FORMERLY}.items() if name != "activity_regularizer"},
    "output_dim": formerly("units"),
    "inner_init": formerly("recurrent_initializer"),
    "U_regularizer": formerly("recurrent_regularizer"),
    "dropout_W": formerly("dropout"),
    "dropout_U": formerly("recurrent_dropout"),
    "implementation": superfluous("Keras chooses how it is computed."),
    "consume_less": superfluous("Keras chooses how it is computed."),
    "hidden_size": called("units"),
    "hidden_dim": called("units"),
    "num_layers": Retired("A layer is one layer. Add another recurrent layer for each, with `return_sequences`."),
    "bidirectional": _ONE_WAY,
    "batch_first": superfluous("The batch is always the first axis, and the steps are the second."),
    "time_major": superfluous("The batch is always the first axis, and the steps are the second."),
}
"""What older Kerases, and others, call the arguments of recurrent layers."""


class StepReader(Layer, is_base=True):
    """Base of the layers that read a sequence step by step, and take their own output to the next step.

    Attributes:
        recurrent_initializer: Draws the kernel that the output of a step meets at the next one.
        dropout: The share of the input that is dropped in training, the same at each step.
        recurrent_dropout: The share of the output of the step before that is dropped in training, the same at each
            step.
        return_sequences: Whether the output has every step, or only the last one.
        go_backwards: Whether the last step is read first. The output is in the order of reading.
        unroll: Whether every step is compiled by itself: sooner done where there are few, and memory for speed.
    """

    activation: ActivationField | None = "tanh"
    use_bias: bool = True
    kernel_initializer: InitializerField = "glorot_uniform"
    recurrent_initializer: InitializerField = "orthogonal"
    bias_initializer: InitializerField = "zeros"
    kernel_regularizer: RegularizerField | None = None
    recurrent_regularizer: RegularizerField | None = None
    bias_regularizer: RegularizerField | None = None
    activity_regularizer: RegularizerField | None = None
    kernel_constraint: ConstraintField | None = None
    recurrent_constraint: ConstraintField | None = None
    bias_constraint: ConstraintField | None = None
    dropout: GateRate = 0.0
    recurrent_dropout: GateRate = 0.0
    seed: Seed | None = None
    return_sequences: bool = False
    go_backwards: bool = False
    unroll: bool = False

    WIDTH: ClassVar[str] = ""
    """The field that says how many numbers the output has at a place."""
    CELL: ClassVar[str] = ""
    """What Keras calls the layer within the layer that has the variables."""
    GATES: ClassVar[int] = 1
    """How many times the width the kernels have as columns."""

    def check_steps(self, steps: int) -> None:
        """Whether so many can be read.

        Raises:
            ShapeFault: If each would be compiled by itself, and there are too many.
        """
        if self.unroll and steps > MOST_UNROLLED:
            raise too_many_steps(steps, "unroll", 'Set "unroll" to false.')

    def variables(self, kernel: Shape, recurrent_kernel: Shape, bias: Shape) -> tuple[Variable, ...]:
        """Of its cell."""
        found = [
            Variable("kernel", kernel, "kernel", folder=self.CELL),
            Variable("recurrent_kernel", recurrent_kernel, "recurrent", folder=self.CELL),
        ]
        if self.use_bias:
            found.append(Variable("bias", bias, "bias", folder=self.CELL))
        return tuple(found)


class Recurrent(OfSequences, StepReader, is_base=True):
    """Base of the recurrent layers.

    Attributes:
        units: The length of the output.
    """

    units: Size

    RETIRED: ClassVar[Mapping[str, Retired]] = RECURRENT_FORMERLY
    WIDTH: ClassVar[str] = "units"

    @property
    def biases(self) -> Shape:
        """The shape of the bias."""
        return (self.GATES * self.units,)

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Kernels (inputs, gates x units) and (units, gates x units), and a bias."""
        steps, channels = self.single(inputs)
        self.check_steps(steps)
        columns = self.GATES * self.units
        variables = self.variables((channels, columns), (self.units, columns), self.biases)
        # Each gate adds two products, the bias and applies a function; the state is kept, and the gates.
        flops = steps * columns * (2 * (channels + self.units) + 3)
        output = (steps, self.units) if self.return_sequences else (self.units,)
        return Geometry(output, variables, flops=flops, kept=steps * (columns + 2 * self.units))

    def masked(self, inputs: Sequence[Shape], output: Shape, masks: Sequence[MaskShape | None]) -> Masked:
        """A masked step changes nothing."""
        del output
        return using_mask(self.type, masks, inputs[0], is_carried=self.return_sequences)


def too_many_steps(steps: int, field: str | None, way: str) -> ShapeFault:
    """The fault of a layer each of whose steps is compiled by itself, where there are too many.

    Args:
        steps: How many there are.
        field: That asks for it.
        way: What to do, in sentences.
    """
    sentence = f"Each of the {steps:,} steps would be compiled by itself, and at most {MOST_UNROLLED:,} can be. {way}"
    return ShapeFault(sentence, field=field, code="too_many_steps")


class LSTM(Recurrent):
    """Long short-term memory. Source: Hochreiter and Schmidhuber (1997).

    Attributes:
        unit_forget_bias: Whether the bias of the forget gate begins with 1.
        use_cudnn: Whether NVIDIA's kernels are used on a GPU. They need the default activations, a bias, no `unroll`
            and no `recurrent_dropout`, and rows whose masked steps all come last. "auto" uses them where they can be,
            but only if the input is not masked.
    """

    recurrent_activation: ActivationField | None = "sigmoid"
    unit_forget_bias: bool = True
    use_cudnn: CuDnn = "auto"

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **RECURRENT_FORMERLY,
        "inner_activation": formerly("recurrent_activation"),
        "forget_bias_init": Retired("It can only begin with 1, or like the other biases.", "unit_forget_bias"),
    }
    EXPLAINED: ClassVar[Mapping[str, str]] = {**Layer.EXPLAINED, **CUDNN_EXPLAINED}
    CELL: ClassVar[str] = "lstm_cell"
    GATES: ClassVar[int] = 4


class GRU(Recurrent):
    """Gated recurrent unit. Source: Cho et al. (2014).

    Attributes:
        reset_after: Whether the reset gate is applied after the product with the recurrent kernel, which has a bias of
            its own then.
        use_cudnn: Whether NVIDIA's kernels are used on a GPU. They need the default activations, a bias, `reset_after`,
            no `unroll` and no `recurrent_dropout`, and rows whose masked steps all come last. "auto" uses them where
            they can be, but only if the input is not masked.
    """

    recurrent_activation: ActivationField | None = "sigmoid"
    reset_after: bool = True
    use_cudnn: CuDnn = "auto"

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **RECURRENT_FORMERLY,
        "inner_activation": formerly("recurrent_activation"),
    }
    EXPLAINED: ClassVar[Mapping[str, str]] = {**Layer.EXPLAINED, **CUDNN_EXPLAINED}
    CELL: ClassVar[str] = "gru_cell"
    GATES: ClassVar[int] = 3

    @property
    def biases(self) -> Shape:
        """Two of them with `reset_after`."""
        return (2, self.GATES * self.units) if self.reset_after else super().biases


def _is_counted(value: object) -> object:
    if value is not None:
        sentence = (
            "Keras ignores the `activity_regularizer` of a `SimpleRNN`. Add an `ActivityRegularization` layer after it."
        )
        raise_faults([fault_error("uncounted_penalty", sentence)])
    return value


class SimpleRNN(Recurrent):
    """Fully connected recurrent layer, whose output is its state."""

    activity_regularizer: Annotated[RegularizerField | None, BeforeValidator(_is_counted)] = None

    CELL: ClassVar[str] = "simple_rnn_cell"
