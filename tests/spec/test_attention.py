"""What layers of attention, positions, equations and volumes refuse, and what they cost, by numbers done by hand."""

from typing import Any

import pytest

from spec.networks.inference import infer
from spec.networks.networks import NetworkSpec
from spec.networks.summary import NetworkSummary, summarize
from tests.spec.test_networks import faults

STEPS = (5, 4)
HEADS: dict[str, Any] = {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 3}
GROUPS: dict[str, Any] = {"type": "GroupQueryAttention", "head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
EINSUM: dict[str, Any] = {"type": "EinsumDense", "equation": "abc,cd->abd", "output_shape": [5, 3]}
LONGER: dict[str, Any] = {"type": "ZeroPadding1D", "name": "longer"}
WIDER: dict[str, Any] = {"type": "Dense", "units": 6, "inputs": ["input"], "name": "wider"}


def after(layer: dict[str, Any]) -> list[dict[str, Any]]:
    """The layer behind a longer sequence and a wider one."""
    return [LONGER, WIDER, layer]


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({**HEADS, "flash_attention": True}, "/flash_attention", "no flash attention with TensorFlow"),
    ({**HEADS, "return_attention_scores": True}, "/return_attention_scores", "only one output"),
    ({**HEADS, "attention_mask": [1]}, "/attention_mask", "`use_causal_mask`"),
    ({**HEADS, "num_heads": 0}, "/num_heads", "at least 1"),
    ({**HEADS, "nhead": 2}, "/nhead", "num_heads"),
    ({**HEADS, "attention_axes": 2}, "/attention_axes", "axes from 1 to 1"),
    ({**HEADS, "attention_axes": [1, 1]}, "/attention_axes", "each once"),
    ({**HEADS, "output_shape": [1, 2, 3, 4, 5]}, "/output_shape", "at most 4 axes"),
    ({**HEADS, "inputs": ["wider", "longer", "input"]}, "/inputs", "equally long"),
    ({**HEADS, "inputs": ["wider"] * 4}, "/inputs", "can only read 3 inputs"),
    ({**HEADS, "kernel_initializer": "identity"}, "/kernel_initializer", "The shape of `query/kernel` is"),
    ({**GROUPS, "num_key_value_heads": 3}, "/num_key_value_heads", "cannot share 3 heads"),
    ({**GROUPS, "inputs": ["wider", "longer"]}, "/inputs", "Query and value must have equally many features"),
    ({"type": "Attention", "inputs": ["wider", "longer"]}, "/inputs", "Query and key must have equally many features"),
    ({"type": "Attention", "score_mode": "dto"}, "/score_mode", "dot"),
    ({"type": "Attention", "use_causal_mask": 1}, "/use_causal_mask", "true or false"),
    ({"type": "PositionEmbedding", "sequence_length": 5}, "/sequence_length", "comes from the input"),
    ({"type": "PositionEmbedding", "initializer": "zeros"}, "/initializer", "embeddings_initializer"),
    ({**EINSUM, "equation": "abc,cd"}, "/equation", "must have the form"),
    ({**EINSUM, "equation": "...c,cd->ad"}, "/equation", "must have the form"),
    ({**EINSUM, "equation": "aac,cd->aad"}, "/equation", "a letter of its own"),
    ({**EINSUM, "equation": "abc,cd->bad"}, "/equation", 'begin with "a"'),
    ({**EINSUM, "equation": "abc,acd->abd"}, "/equation", '"a" is the batch'),
    ({**EINSUM, "equation": "abc,cd->abe"}, "/equation", 'the axis "e"'),
    ({**EINSUM, "equation": "abc,cde->abd"}, "/equation", 'The kernel has the axis "e"'),
    ({**EINSUM, "equation": "abcd,de->abce", "output_shape": [5, 4, 3]}, "/equation", "rows with 3 axes"),
    ({**EINSUM, "output_shape": 3}, "/output_shape", "has 2 named axes beside the batch"),
    ({**EINSUM, "output_shape": [None, 3]}, "/output_shape/0", "must be a whole number"),
    ({**EINSUM, "output_shape": [4, 3]}, "/output_shape", "which is 5 long there and 4 here"),
    ({**EINSUM, "bias_axes": "ad"}, "/bias_axes", 'other than the batch, each once: "b" and "d"'),
    ({**EINSUM, "use_bias": True}, "/use_bias", "bias_axes"),
    ({"type": "ActivityRegularization", "activity_regularizer": "l2"}, "/activity_regularizer", "penalty itself"),
    (
        {"type": "SpatialDropout1D", "rate": 0.1, "activity_regularizer": "l2"},
        "/activity_regularizer",
        "an `ActivityRegularization` layer after",
    ),
    ({"type": "ZeroPadding3D", "padding": [1, 2]}, "/padding", "[depth, height, width]"),
    ({"type": "Conv3D", "filters": 2, "kernel_size": 2}, "", "4 axes (depth, height, width and channels)"),
    ({"type": "CategoryEncoding", "num_tokens": 3}, "/type", '"one_hot"'),
    ({"type": "TextVectorization"}, "/type", '"tokens"'),
]


@pytest.mark.parametrize(("layer", "pointer", "message"), REFUSED)
def test_what_cannot_be_is_refused_where_it_stands(layer: dict[str, Any], pointer: str, message: str) -> None:
    ((told, said, _),) = faults(*after({"inputs": ["input"], **layer}), shape=STEPS)
    assert told == f"/layers/2{pointer}"
    assert message in said


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        ({"type": "Cropping3D", "cropping": [1, [1, 2], 1]}, (3, 3, 4, 1), "whole volume of 3 x 3 x 4"),
        ({**HEADS, "use_causal_mask": True}, (3, 3, 4), "needs inputs with 2 axes"),
        (HEADS, (2, 2, 2, 2, 2), "needs inputs with 2 to 4 axes"),
        ({**EINSUM, "equation": "...c,cd->...d", "output_shape": 2}, (1,) * 11, "has 13 axes"),
        ({**EINSUM, "equation": "...c,cd->...d", "output_shape": 2}, (2, 5, 3), "Give each of them a letter"),
        ({"type": "SinePositionEncoding"}, (2048, 1024), "Use `PositionEmbedding`"),
    ],
)
def test_shapes_that_do_not_fit_are_told(layer: dict[str, Any], shape: tuple[int, ...], message: str) -> None:
    ((_, said, _),) = faults(layer, shape=shape)
    assert message in said


def summary(*layers: dict[str, Any], shape: tuple[int, ...] = STEPS) -> NetworkSummary:
    return summarize(infer(NetworkSpec.model_validate({"layers": list(layers)}), shape))


def test_one_input_is_attended_to_by_itself() -> None:
    alone, twice = summary(HEADS), summary({**HEADS, "inputs": ["input", "input"]})
    assert alone.layers[0].connected_to == ["input"]
    assert (alone.total_parameters, alone.flops) == (twice.total_parameters, twice.flops)


def test_the_work_of_heads_is_that_of_projections_scores_and_means() -> None:
    told = summary({**HEADS, "use_bias": False}).layers[0]
    projections = 4 * 5 * 2 * 3 * 2 * 4
    scores = 2 * 5 * 5 * (2 * (3 + 3) + 3)
    assert told.flops == projections + scores
    assert [one.path.partition("/")[2] for one in told.variables] == [
        *("query/kernel", "key/kernel", "value/kernel", "attention_output/kernel")
    ]


def test_an_equation_costs_two_operations_for_each_product() -> None:
    told = summary({**EINSUM, "bias_axes": "d", "activation": "relu"}).layers[0]
    assert (told.flops, told.parameters) == (5 * 3 * (2 * 4 + 2), 4 * 3 + 3)


def test_spaces_in_an_equation_do_not_matter() -> None:
    assert summary({**EINSUM, "equation": "abc, cd -> abd"}).output_shape == [None, 5, 3]
