"""Layers of attention: each place of a query is told a mean of values, weighted by how well their keys fit it.

Each takes one to three inputs: query, value and key. The key is the value where it is not listed, and a single input is
all three: self-attention.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from spec.language.declared import rule
from spec.language.faults import fault_error, raise_faults
from spec.language.retired import Retired, called
from spec.layers.base import FOREIGN, KERNEL_FORMERLY, Geometry, Layer, Shape, ShapeFault, Variable
from spec.layers.dropout import Rate
from spec.layers.masks import UNMASKED, Masked, MaskShape
from spec.networks.constraints import ConstraintField
from spec.networks.initializers import InitializerField
from spec.networks.regularizers import RegularizerField
from spec.networks.sizes import LARGEST_RANK, LARGEST_SIZE, Seed, Size, Whole, WholeOrList, listed

STEPS = ("steps", "features")
MOST_ROW_AXES = 4
"""Of a row that several heads attend to: their scores have twice as many axes, and TensorFlow 2.21 takes no softmax of
more than eight."""

MOST_OUTPUT_AXES = 4
"""That one place of a query can be given."""

SOFTMAX_COST = 3
"""Operations an element, as of the layer `Softmax`."""


def _is_not_flash(value: object) -> object:
    if value is True:
        sentence = "Keras has no flash attention with TensorFlow. Leave `flash_attention` out, or set it to false."
        raise_faults([fault_error("not_offered", sentence)])
    return value


FlashAttention = Annotated[Literal[False] | None, BeforeValidator(_is_not_flash)]
"""Never; said all the same, so that no setting of Keras's decides."""


class Attending(Layer, is_base=True):
    """Base of the layers of attention.

    Attributes:
        use_causal_mask: Whether a place is kept from attending to places after it.
        dropout: The share of the scores that is dropped in training.

    Class attributes:
        ARE_INPUTS_LISTED: Whether Keras takes the inputs as one list.
        MASKS_USED: Of how many inputs, query, value and key, Keras reads the mask.
    """

    dropout: Rate = 0.0
    seed: Seed | None = None
    use_causal_mask: bool = False

    FEWEST_INPUTS: ClassVar[int] = 1
    MOST_INPUTS: ClassVar[int | None] = 3
    CALL_ARGUMENTS: ClassVar[frozenset[str]] = frozenset({"use_causal_mask"})
    NEEDS_GRAPH: ClassVar[bool] = True
    ARE_INPUTS_LISTED: ClassVar[bool] = False
    MASKS_USED: ClassVar[int] = 3

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **FOREIGN,
        "rate": called("dropout"),
        "dropout_rate": called("dropout"),
        "dropout_p": called("dropout"),
        "causal": called("use_causal_mask"),
        "is_causal": called("use_causal_mask"),
        "attn_dropout": called("dropout"),
    }

    def query_value_key(self, inputs: Sequence[Shape]) -> tuple[Shape, Shape, Shape]:
        """The three shapes, of one to three inputs: sequences.

        Raises:
            ShapeFault: If one has not as many axes as it needs, or value and key are not equally long.
        """
        query = inputs[0]
        value = inputs[1] if len(inputs) > 1 else query
        key = inputs[2] if len(inputs) > 2 else value  # noqa: PLR2004 - the third
        for shape in (query, value, key):
            self._check_axes(shape)
        if value[:-1] != key[:-1]:
            sentence = f"Value and key must be equally long, and theirs are {list(value)} and {list(key)}."
            raise ShapeFault(sentence, field="inputs")
        return query, value, key

    def _check_axes(self, shape: Shape) -> None:
        self.single([shape])

    def masked(self, inputs: Sequence[Shape], output: Shape, masks: Sequence[MaskShape | None]) -> Masked:
        """No place attends to one that is masked, and the mask of the query is that of the output, too."""
        del output
        if all(mask is None for mask in masks):
            return UNMASKED
        used = list(zip(masks, inputs, strict=True))[: self.MASKS_USED]
        if all(mask is None for mask, _ in used):
            return Masked(None, "lost")
        axes = self.axes_attended(inputs)
        for mask, shape in used:
            if mask is not None and not (mask == shape[: len(mask)] and axes == (len(mask),)):
                sentence = (
                    f"The mask of an input of the shape {list(shape)} has the shape {list(mask)}, and `{self.type}` "
                    f"cannot use it: a mask must end with the only axis that is attended over. Put a layer that drops "
                    "the mask, such as `Reshape`, behind that input."
                )
                raise ShapeFault(sentence, field=None if self.inputs is None else "inputs", code="mask_shape")
        return Masked(masks[0], "used")

    def axes_attended(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """The axes of a row that are attended over, the first being 1: that of the steps."""
        del inputs
        return (1,)

    def _check_same(self, query: Shape, other: Shape, what: str) -> None:
        if query[-1] != other[-1]:
            sentence = (
                f"Query and {what} must have equally many features, and these have {query[-1]} and {other[-1]}. "
                f"A `Dense` before one of them changes its number."
            )
            raise ShapeFault(sentence, field="inputs")


class ScoredAttention(Attending, is_base=True):
    """Base of those that score as they are, with at most a few numbers to learn."""

    AXES: ClassVar[tuple[str, ...] | None] = STEPS
    ARE_INPUTS_LISTED: ClassVar[bool] = True
    MASKS_USED: ClassVar[int] = 2

    def scored(self, inputs: Sequence[Shape], variables: Sequence[Variable], *, is_spread: bool) -> Geometry:
        """The geometry, where a score is a dot product, or (``is_spread``) the sum of a tanh of a sum."""
        query, value, key = self.query_value_key(inputs)
        self._check_same(query, key, "key")
        scores, features = query[0] * key[0], query[1]
        output = (query[0], value[1])
        pairs = scores * features
        drops = scores if self.dropout else 0
        return Geometry(
            output,
            tuple(variables),
            flops=(3 if is_spread else 2) * pairs + SOFTMAX_COST * scores + 2 * scores * value[1] + 2 * drops,
            kept=(pairs if is_spread else 0) + scores + 2 * drops + math.prod(output),
        )


class Attention(ScoredAttention):
    """Attention by the dot product of query and key. Source: Luong et al. (2015)."""

    use_scale: bool = False
    score_mode: Literal["dot", "concat"] = "dot"

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """As many steps as the query, as many features as the value."""
        variables = [Variable("scale", ())] if self.use_scale else []
        if self.score_mode == "concat":
            variables.append(Variable("concat_score_weight", ()))
        return self.scored(inputs, variables, is_spread=self.score_mode == "concat")


class AdditiveAttention(ScoredAttention):
    """Attention by a sum of query and key through a tanh. Source: Bahdanau et al. (2015)."""

    use_scale: bool = True

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """As many steps as the query, as many features as the value; a scale for each feature of the query."""
        variables = [Variable("scale", inputs[0][-1:])] if self.use_scale else []
        return self.scored(inputs, variables, is_spread=True)


class HeadedAttention(Attending, is_base=True):
    """Base of those with several heads, each with projections of its own.

    Attributes:
        use_gate: Whether the output is multiplied with a sigmoid of a projection of the query.
        sliding_window: How many steps away a place may attend to, itself counted.
        flash_attention: Only false: Keras has none with TensorFlow.
        activity_regularizer: A penalty on the outputs of the projections, which is part of the loss.
    """

    use_bias: bool = True
    sliding_window: Size | None = None
    flash_attention: FlashAttention = None
    kernel_initializer: InitializerField = "glorot_uniform"
    bias_initializer: InitializerField = "zeros"
    kernel_regularizer: RegularizerField | None = None
    bias_regularizer: RegularizerField | None = None
    kernel_constraint: ConstraintField | None = None
    bias_constraint: ConstraintField | None = None
    use_gate: bool = False

    RETIRED: ClassVar[Mapping[str, Retired]] = {**Attending.RETIRED, **KERNEL_FORMERLY}

    def arguments(self) -> dict[str, Any]:
        """As `Layer.arguments`, and that there is no flash attention."""
        return super().arguments() | {"flash_attention": False}

    def projection(self, name: str, read: Shape, told: Shape) -> list[Variable]:
        """Kernel and bias of a projection from so many features to so many."""
        bias = [Variable("bias", told, "bias", folder=name)] if self.use_bias else []
        return [Variable("kernel", (*read, *told), "kernel", folder=name), *bias]

    def projected(self, places: int, read: Shape, told: Shape) -> Geometry:
        """The costs of a projection at so many places."""
        size = places * math.prod(told)
        return Geometry((), flops=size * (2 * math.prod(read) + int(self.use_bias)), kept=size)

    def attended(self, heads: int, pairs: int, head: tuple[int, int]) -> Geometry:
        """The costs of scores, softmax and weighted means of all heads.

        Args:
            heads: How many there are.
            pairs: Of a place of the query and a place of the key, in a row.
            head: Features of a key and of a value.
        """
        scores = heads * pairs
        drops = scores if self.dropout else 0
        return Geometry((), flops=scores * (2 * sum(head) + SOFTMAX_COST) + 2 * drops, kept=2 * scores + 2 * drops)


class MultiHeadAttention(HeadedAttention):
    """Attention of several heads, each by projections of its own. Source: Vaswani et al. (2017).

    Attributes:
        attention_axes: The axes over which is attended, the first axis of a row being 1. By default, all but the last.
        output_shape: The number of features of the output. By default, as many as the query has.
    """

    num_heads: Size
    key_dim: Size
    value_dim: Size | None = None
    output_shape: Annotated[Whole, WholeOrList(1, LARGEST_SIZE)] | None = None
    attention_axes: Annotated[Whole, WholeOrList(-LARGEST_RANK, LARGEST_RANK)] | None = None

    @rule
    def _check_output_shape(self) -> None:
        if self.output_shape is not None and len(listed(self.output_shape)) > MOST_OUTPUT_AXES:
            sentence = f"This can have at most {MOST_OUTPUT_AXES} axes."
            raise_faults([fault_error("list_length", sentence, at=("output_shape",))])

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **HeadedAttention.RETIRED,
        "num_attention_heads": called("num_heads"),
        "n_heads": called("num_heads"),
        "nhead": called("num_heads"),
        "heads": called("num_heads"),
        "head_size": called("key_dim"),
        "head_dim": called("key_dim"),
        "embed_dim": Retired(
            "The number of features comes from the query. What is set is the size of a head.", "key_dim"
        ),
    }

    def _check_axes(self, shape: Shape) -> None:
        if not 2 <= len(shape) <= MOST_ROW_AXES:  # noqa: PLR2004 - steps and features
            sentence = (
                f"`MultiHeadAttention` needs inputs with 2 to {MOST_ROW_AXES} axes, the last of which is the features, "
                f"but its input has the shape {list(shape)}."
            )
            raise ShapeFault(sentence, code="wrong_rank")

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The shape of the query, with other features where ``output_shape`` says so."""
        query, value, key = self.query_value_key(inputs)
        axes = self._axes(query, value)
        heads, values = self.num_heads, self.value_dim or self.key_dim
        told = query[-1:] if self.output_shape is None else listed(self.output_shape)
        keys_of, values_of = (heads, self.key_dim), (heads, values)
        parts = [
            ("query", query, query[-1:], keys_of),
            ("key", key, key[-1:], keys_of),
            *([("gate", query, query[-1:], values_of)] if self.use_gate else []),
            ("value", value, value[-1:], values_of),
            ("attention_output", query, values_of, told),
        ]
        variables = [one for name, _, read, made in parts for one in self.projection(name, read, made)]
        costs = [self.projected(math.prod(shape[:-1]), read, made) for _, shape, read, made in parts]
        apart = math.prod(size for axis, size in enumerate(query[:-1], start=1) if axis not in axes)
        pairs = apart * math.prod(query[axis - 1] * value[axis - 1] for axis in axes)
        costs.append(self.attended(heads, pairs, (self.key_dim, values)))
        context = math.prod(query[:-1]) * heads * values * (2 if self.use_gate else 1)
        return Geometry(
            (*query[:-1], *told),
            tuple(variables),
            flops=sum(cost.flops for cost in costs) + (context if self.use_gate else 0),
            kept=sum(cost.kept for cost in costs) + context,
        )

    def axes_attended(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """As ``attention_axes`` says."""
        query, value, _ = self.query_value_key(inputs)
        return self._axes(query, value)

    def _axes(self, query: Shape, value: Shape) -> tuple[int, ...]:
        """The axes that are attended over, the first of a row being 1; all others must be the same in both."""
        if len(query) != len(value):
            sentence = f"Query and value must have equally many axes, and theirs are {list(query)} and {list(value)}."
            raise ShapeFault(sentence, field="inputs", code="wrong_rank")
        said = range(1, len(query)) if self.attention_axes is None else listed(self.attention_axes)
        axes = tuple(axis if axis >= 0 else len(query) + 1 + axis for axis in said)
        if list(axes) != sorted(set(axes)) or not all(1 <= axis < len(query) for axis in axes):
            sentence = (
                f"These must be axes from 1 to {len(query) - 1}, each once and in their order, because the input has "
                f"the shape {list(query)}, and its last axis is the features."
            )
            raise ShapeFault(sentence, field="attention_axes", code="no_axis")
        for axis in range(1, len(query)):
            if axis not in axes and query[axis - 1] != value[axis - 1]:
                sentence = (
                    f"Axis {axis} is not attended over, so query and value must be equally long along it, and theirs "
                    f"are {list(query)} and {list(value)}."
                )
                raise ShapeFault(sentence, field="inputs")
        self._check_order(query)
        return axes

    def _check_order(self, query: Shape) -> None:
        """Keras makes masks of an order for rows of steps alone."""
        for field, is_said in (("use_causal_mask", self.use_causal_mask), ("sliding_window", self.sliding_window)):
            if is_said and len(query) != len(STEPS):
                sentence = f"`{field}` needs inputs with 2 axes (steps and features), and this has {list(query)}."
                raise ShapeFault(sentence, field=field, code="wrong_rank")


class GroupQueryAttention(HeadedAttention):
    """Attention in which several heads of the query share those of key and value. Source: Ainslie et al. (2023)."""

    head_dim: Size
    num_query_heads: Size
    num_key_value_heads: Size

    AXES: ClassVar[tuple[str, ...] | None] = STEPS
    KERAS_NAME: ClassVar[str | None] = "GroupedQueryAttention"

    @rule
    def _check_heads(self) -> None:
        if self.num_query_heads % self.num_key_value_heads:
            sentence = (
                f"{self.num_query_heads} heads of the query cannot share {self.num_key_value_heads} heads of key and "
                "value equally."
            )
            raise_faults([fault_error("uneven_groups", sentence, at=("num_key_value_heads",))])

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The shape of the query."""
        query, value, key = self.query_value_key(inputs)
        self._check_same(query, value, "value")
        many, few = (self.num_query_heads, self.head_dim), (self.num_key_value_heads, self.head_dim)
        parts = [
            ("query", query, query[-1:], many),
            ("key", key, key[-1:], few),
            *([("gate", query, query[-1:], many)] if self.use_gate else []),
            ("value", value, value[-1:], few),
            ("attention_output", query, many, query[-1:]),
        ]
        variables = [one for name, _, read, made in parts for one in self.projection(name, read, made)]
        costs = [self.projected(shape[0], read, made) for _, shape, read, made in parts]
        costs.append(self.attended(many[0], query[0] * value[0], (self.head_dim, self.head_dim)))
        context = query[0] * math.prod(many) * (2 if self.use_gate else 1)
        repeated = (key[0] + value[0]) * math.prod(many)
        return Geometry(
            query,
            tuple(variables),
            flops=sum(cost.flops for cost in costs) + (context if self.use_gate else 0),
            kept=sum(cost.kept for cost in costs) + context + repeated,
        )
