"""Random networks, chains and graphs, against the installed Keras."""

from collections.abc import Sequence
from typing import Any

import keras
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from spec.language.declared import kinds
from spec.layers import Layer
from spec.networks.wiring import Outline, automatic_names
from tests.spec.layer_strategies import body_of
from tests.spec.test_layers_keras import accepted_of, assert_alike, told_and_built

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*softmax over axis .* of a tensor of shape:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*does not support masking:UserWarning"),
]

EXAMPLES = settings(
    max_examples=25,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
)
ANYWHERE = st.sampled_from(
    [
        {"type": "Dense", "units": 3},
        {"type": "Dense", "units": 2, "activation": "selu", "use_bias": False, "trainable": False},
        {"type": "BatchNormalization"},
        {"type": "BatchNormalization", "center": False, "trainable": False},
        {"type": "LayerNormalization", "scale": False},
        {"type": "Dropout", "rate": 0.5},
        {"type": "PReLU"},
        {"type": "ReLU"},
        {"type": "Identity"},
    ]
)
WORDS = {"type": "Embedding", "input_dim": 3, "output_dim": 2, "mask_zero": True}
ON_SEQUENCES = st.sampled_from(
    [
        {"type": "LSTM", "units": 2, "return_sequences": True},
        {"type": "GRU", "units": 3, "reset_after": False},
        {"type": "SimpleRNN", "units": 2, "return_sequences": True, "go_backwards": True},
        {"type": "Bidirectional", "layer": {"type": "LSTM", "units": 2, "return_sequences": True}},
        {
            "type": "Bidirectional",
            "layer": {"type": "SimpleRNN", "units": 2, "return_sequences": True, "name": "named"},
            "backward_layer": {"type": "GRU", "units": 2, "return_sequences": True, "go_backwards": True},
            "merge_mode": "ave",
        },
        {"type": "GlobalAveragePooling1D"},
        {"type": "Conv1D", "filters": 2, "kernel_size": 1},
        {"type": "SpatialDropout1D", "rate": 0.1},
        {"type": "TimeDistributed", "layer": {"type": "Dense", "units": 2}},
        {"type": "TimeDistributed", "layer": {"type": "Flatten"}},
        {"type": "Masking"},
        {"type": "RMSNormalization"},
        {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 2, "use_causal_mask": True},
        {"type": "GroupQueryAttention", "head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 1},
        {"type": "Attention"},
        {"type": "AdditiveAttention"},
        {"type": "PositionEmbedding"},
        {"type": "SinePositionEncoding"},
        {"type": "EinsumDense", "equation": "...b,bc->...c", "output_shape": 2, "bias_axes": "c"},
    ]
)
ON_IMAGES = st.sampled_from(
    [
        {"type": "Conv2D", "filters": 2, "kernel_size": 3, "padding": "same"},
        {"type": "SeparableConv2D", "filters": 2, "kernel_size": [1, 2]},
        {"type": "DepthwiseConv2D", "kernel_size": 2, "depth_multiplier": 2},
        {"type": "MaxPooling2D"},
        {"type": "ZeroPadding2D", "padding": [[0, 1], [2, 0]]},
        {"type": "SpatialDropout2D", "rate": 0.1},
        {"type": "UpSampling2D", "size": [1, 2]},
        {"type": "RandomTranslation", "height_factor": 0.1, "width_factor": 0.1},
        {"type": "TimeDistributed", "layer": {"type": "Conv1D", "filters": 2, "kernel_size": 2}},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Flatten"},
    ]
)
ON_VOLUMES = st.sampled_from(
    [
        {"type": "Conv3D", "filters": 2, "kernel_size": 2, "padding": "same", "groups": 1},
        {"type": "Conv3DTranspose", "filters": 2, "kernel_size": [1, 2, 1], "strides": [1, 2, 1]},
        {"type": "MaxPooling3D"},
        {"type": "AveragePooling3D", "pool_size": [1, 2, 1], "padding": "same"},
        {"type": "AdaptiveMaxPooling3D", "output_size": [2, 2, 1]},
        {"type": "ZeroPadding3D", "padding": [[0, 1], 1, 0]},
        {"type": "Cropping3D", "cropping": [0, [1, 0], 0]},
        {"type": "UpSampling3D", "size": [1, 1, 2]},
        {"type": "SpatialDropout3D", "rate": 0.1},
        {"type": "TimeDistributed", "layer": {"type": "Conv2D", "filters": 2, "kernel_size": 1}},
        {"type": "GlobalMaxPooling3D", "keepdims": True},
        {"type": "Flatten"},
    ]
)
MERGING = st.sampled_from(["Add", "Multiply", "Average", "Maximum", "Concatenate"])


@st.composite
def graphs(draw: st.DrawFn, inputs: Sequence[str] = ("input",), *, is_sequence: bool = False) -> dict[str, Any]:
    """Layers that read any of those before them, or any input, some of them several."""
    layers: list[dict[str, Any]] = []
    names = [*inputs]
    words = {**WORDS, "inputs": [inputs[0]]}
    places = st.just(words) | ANYWHERE | ON_SEQUENCES if is_sequence else ANYWHERE | ON_IMAGES
    for index in range(draw(st.integers(2, 9))):
        name = f"layer{index}"
        if len(names) > 1 and draw(st.integers(0, 3)) == 0:
            body: dict[str, Any] = {"type": draw(MERGING)}
            count = draw(st.integers(2, 3))
        else:
            body = dict(draw(places))
            count = 1
        body = {"inputs": [draw(st.sampled_from(names)) for _ in range(count)], **body, "name": name}
        layers.append(body)
        names.append(name)
    return {"layers": layers}


def test_random_graphs_are_as_keras_makes_them() -> None:
    assert accepted_of(graphs().map(lambda body: (body, [4, 5, 2])), EXAMPLES) > 10


def test_random_graphs_of_several_inputs_are_as_keras_makes_them() -> None:
    """Some layers are not used, and some inputs are not read: Keras takes them all the same."""
    shapes = {"table": [4, 5, 2], "1.a-b_C": [4, 5, 2], "Bild": [4, 5, 1]}
    examples = settings(EXAMPLES, max_examples=12)
    assert accepted_of(graphs(tuple(shapes)).map(lambda body: (body, shapes)), examples) > 5


def test_random_graphs_of_sequences_are_as_keras_makes_them() -> None:
    drawn = graphs(is_sequence=True).map(lambda body: (body, [4, 2]))
    assert accepted_of(drawn, EXAMPLES) > 10


def test_random_graphs_of_texts_beside_series_are_as_keras_makes_them() -> None:
    """The steps of one input have a mask, and those of the other have none."""
    shapes = {"text": [4], "series": [4, 2]}
    examples = settings(EXAMPLES, max_examples=12)
    drawn = graphs(tuple(shapes), is_sequence=True).map(lambda body: (body, shapes))
    assert accepted_of(drawn, examples) > 5


def test_random_chains_of_sequences_are_as_keras_makes_them() -> None:
    layers = st.lists(ANYWHERE | ON_SEQUENCES, min_size=1, max_size=6)
    assert accepted_of(layers.map(lambda layers: ({"layers": layers}, [4, 2])), EXAMPLES) > 10


def test_random_chains_are_as_keras_makes_them() -> None:
    layers = st.lists(ANYWHERE | ON_IMAGES, min_size=1, max_size=8)
    assert accepted_of(layers.map(lambda layers: ({"layers": layers}, [6, 5, 2])), EXAMPLES) > 10


def test_random_chains_of_volumes_are_as_keras_makes_them() -> None:
    layers = st.lists(ANYWHERE | ON_VOLUMES, min_size=1, max_size=6)
    examples = settings(EXAMPLES, max_examples=12)
    assert accepted_of(layers.map(lambda layers: ({"layers": layers}, [4, 3, 2, 2])), examples) > 5


def test_shared_defaults_build_what_they_say() -> None:
    both = told_and_built(
        {
            "defaults": {
                "Dense": {"activation": "elu", "kernel_regularizer": {"type": "L2", "l2": 0.01}, "units": 7},
            },
            "layers": [{"type": "Dense"}, {"type": "Dense", "units": 3, "activation": "softmax"}],
        },
        [5],
    )
    assert both is not None
    assert_alike(*both)
    first, last = both[1].layers
    assert (first.units, first.activation.__name__, first.kernel_regularizer.l2) == (7, "elu", 0.01)
    assert (last.units, last.activation.__name__, last.kernel_regularizer.l2) == (3, "softmax", 0.01)


def outline_of(body: dict[str, Any]) -> Outline:
    held = tuple(outline_of(body[field]) for field in ("layer", "backward_layer") if body.get(field))
    return Outline(body["type"], body.get("name"), held=held)


def named_by_keras(outline: Outline) -> str:
    """The name of a layer made after those that it holds."""
    for held in outline.held:
        named_by_keras(held)
    kind = outline.kind or ""
    return outline.name or keras.src.utils.naming.auto_name(kinds(Layer)[kind].KERAS_NAME or kind)


@given(bodies=st.lists(st.sampled_from(sorted(kinds(Layer))).flatmap(body_of), min_size=2, max_size=6))
@settings(max_examples=20, phases=[Phase.generate])
def test_automatic_names_are_those_of_a_fresh_session(bodies: list[dict[str, Any]]) -> None:
    keras.utils.clear_session(free_memory=False)
    outlines = [outline_of(body) for body in bodies] * 2
    assert automatic_names(outlines) == tuple(map(named_by_keras, outlines))
