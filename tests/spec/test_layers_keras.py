"""Every kind of layer against the installed Keras: shapes, variables, and that its training step runs at all."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from keras import tree
from keras.src.backend import get_keras_mask

from spec.language.declared import kinds
from spec.layers import Layer
from spec.layers.attention import Attending
from spec.networks.inference import Inferred, infer
from spec.networks.networks import parse_network
from spec.networks.summary import NetworkSummary, summarize
from tests.spec.layer_strategies import FIELDS, body_of, shape_for
from worker.trainer.network.build import build_network
from worker.trainer.weights.keys import layer_keys

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*softmax over axis .* of a tensor of shape:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*does not support masking:UserWarning"),
]

Drawn = tuple[dict[str, Any], list[int] | dict[str, list[int]]]
"""A network, and the shape of its input, or those of several by their names."""
ROWS = 3
IS_ALL_DRAWN = not settings.default.derandomize
"""Whether other values are drawn with every seed, and more of them: `make fuzz`."""

COMPILED = 3 if IS_ALL_DRAWN else 1
"""How many examples of a kind are compiled, which takes time."""

EXAMPLES = settings(
    max_examples=12 if IS_ALL_DRAWN else 6,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
)
SINGLE = sorted(name for name, kind in kinds(Layer).items() if kind.FEWEST_INPUTS == 1)
MERGING = sorted(name for name, kind in kinds(Layer).items() if kind.FEWEST_INPUTS > 1)
ATTENDING = sorted(name for name, kind in kinds(Layer).items() if issubclass(kind, Attending))


def told_and_built(
    body: dict[str, Any], shape: list[int] | dict[str, list[int]]
) -> tuple[NetworkSummary, keras.Model] | None:
    """The summary by arithmetic and the model by Keras; None where the spec is refused."""
    parsed = parse_network(body, tuple(shape) if isinstance(shape, dict) else ())
    if parsed.network is None:
        return None
    shapes = {name: tuple(one) for name, one in shape.items()} if isinstance(shape, dict) else tuple(shape)
    inferred = infer(parsed.network, shapes)
    if inferred.faults:
        return None
    keras.utils.clear_session(free_memory=False)
    model = build_network(parsed.network, shapes, seed=1)
    assert_masked_alike(inferred, model)
    return summarize(inferred), model


def assert_masked_alike(inferred: Inferred, model: keras.Model) -> None:
    """Each layer's output has a mask where it was told, and of the shape that was told."""
    layers = {layer.name: layer for layer in model.layers}
    for name, masked, is_used in zip(inferred.wiring.names, inferred.masks, inferred.wiring.used(), strict=True):
        if is_used:
            (output,) = layers[name or ""]._inbound_nodes[-1].output_tensors
            mask = get_keras_mask(output)
            assert (None if mask is None else tuple(mask.shape[1:])) == masked.mask, name


def assert_alike(told: NetworkSummary, model: keras.Model) -> None:
    """Names, shapes, variables and counts are Keras's."""
    layers = {layer.name: layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)}
    used = [layer for layer in told.layers if layer.is_used]
    assert sorted(layer.name for layer in used) == sorted(layers)
    for summary in used:
        layer = layers[summary.name]
        assert tuple(summary.output_shape) == tuple(layer.output.shape)
        assert summary.parameters == layer.count_params()
        keys = layer_keys(layer, model)
        assert [(one.name, tuple(one.shape), one.path) for one in summary.variables] == [
            (weight.name, tuple(weight.shape), key) for key, weight in keys.items()
        ]
        trained = {id(weight) for weight in layer.trainable_weights}
        assert [one.path for one in summary.variables if one.trainable] == [
            key for key, weight in keys.items() if id(weight) in trained
        ]
    assert told.total_parameters == model.count_params()
    assert told.trainable_parameters == sum(int(np.prod(one.shape)) for one in model.trainable_weights)
    assert told.non_trainable_parameters == sum(int(np.prod(one.shape)) for one in model.non_trainable_weights)
    assert tuple(told.output_shape) == tuple(model.output_shape)
    if isinstance(told.input_shape, dict):
        assert [(one.name, list(one.shape)) for one in model.inputs] == list(told.input_shape.items())


def assert_trains(told: NetworkSummary, model: keras.Model, *, is_compiled: bool = False) -> None:
    """One step, forward and back, on this machine's kernels; the output has the shape that was told.

    Compiled, as the trainer runs it, the number of rows is not known beforehand.
    """
    shapes = told.input_shape
    has_words = any(layer.type == "Embedding" for layer in told.layers)
    rows: Any = (
        {name: drawn_rows(shape, has_words=has_words) for name, shape in shapes.items()}
        if isinstance(shapes, dict)
        else drawn_rows(shapes, has_words=has_words)
    )

    def step(inputs: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            output = model(inputs, training=True)
            loss = tf.reduce_mean(tf.square(output)) + sum(model.losses)
        gradients = tape.gradient(loss, model.trainable_variables)
        assert len(gradients) == len(model.trainable_variables)
        for variable in model.trainable_variables:
            variable.assign(variable if variable.constraint is None else variable.constraint(variable))
        return output

    if is_compiled:
        step = tf.function(
            step, input_signature=[tree.map_structure(lambda one: tf.TensorSpec((None, *one.shape[1:])), rows)]
        )
    assert tuple(step(tree.map_structure(tf.constant, rows)).shape) == (ROWS, *told.output_shape[1:])


def drawn_rows(shape: list[int | None], *, has_words: bool) -> np.ndarray:
    generator, size = np.random.default_rng(0), (ROWS, *shape[1:])
    return (generator.integers(2, size=size) if has_words else generator.normal(size=size)).astype("float32")


def accepted_of(networks: st.SearchStrategy[Drawn], examples: settings) -> int:
    """How many of the drawn networks are accepted; each of these is as Keras makes it, and trains."""
    accepted = 0

    @examples
    @given(network=networks)
    def check(network: Drawn) -> None:
        nonlocal accepted
        both = told_and_built(*network)
        assume(both is not None)
        assert both is not None
        accepted += 1
        assert_alike(*both)
        assert_trains(*both, is_compiled=accepted <= COMPILED)

    check()
    return accepted


def test_every_kind_is_exercised() -> None:
    assert set(FIELDS) == set(kinds(Layer))
    for name, fields in FIELDS.items():
        declared = set(kinds(Layer)[name].model_fields) - set(Layer.model_fields) - {"data_format"}
        assert declared - set(fields) == set(), name


@pytest.mark.parametrize("kind", SINGLE)
def test_a_layer_is_as_keras_makes_it(kind: str) -> None:
    networks = st.builds(lambda body, shape: ({"layers": [body]}, shape), body_of(kind), shape_for(kind))
    assert accepted_of(networks, EXAMPLES) > 0


@st.composite
def merged(draw: st.DrawFn, kind: str) -> Drawn:
    """A network whose input, reshaped in several ways, is merged."""
    count = 2 if kinds(Layer)[kind].MOST_INPUTS == 2 else draw(st.integers(2, 3))
    layers: list[dict[str, Any]] = []
    rank = draw(st.integers(1, 3))
    base = draw(st.lists(st.integers(1, 3), min_size=rank, max_size=rank))
    for index in range(count):
        shape = [size if draw(st.integers(0, 3)) else draw(st.sampled_from([1, size])) for size in base]
        size = int(np.prod(shape))
        layers += [
            {"type": "Dense", "units": size, "inputs": ["input"]},
            {"type": "Reshape", "target_shape": shape, "name": f"in{index}"},
        ]
    body = draw(body_of(kind))
    return {"layers": [*layers, {**body, "inputs": [f"in{index}" for index in range(count)]}]}, [2]


@pytest.mark.parametrize("kind", MERGING)
def test_a_merging_layer_is_as_keras_makes_it(kind: str) -> None:
    assert accepted_of(merged(kind), EXAMPLES) > 0


@st.composite
def attended(draw: st.DrawFn, kind: str) -> Drawn:
    """A network whose query, value and key come from its input by different ways, and have other lengths or masks."""
    features = draw(st.integers(1, 3))
    rank = 1 if kinds(Layer)[kind].AXES is not None else draw(st.integers(1, 2))
    lengths = [draw(st.lists(st.integers(1, 3), min_size=rank, max_size=rank)) for _ in range(2)]
    widths = [features if draw(st.integers(0, 3)) else draw(st.integers(1, 3)) for _ in range(3)]
    layers: list[dict[str, Any]] = []
    for name, length, width in zip("qvk", (lengths[0], lengths[1], lengths[1]), widths, strict=True):
        shape, is_masked = [*length, width], draw(st.booleans())
        layers += [
            {"type": "Dense", "units": int(np.prod(shape)), "inputs": ["input"]},
            {"type": "Reshape", "target_shape": shape, "name": f"un{name}" if is_masked else name},
            *([{"type": "Masking", "name": name}] if is_masked else []),
        ]
    inputs = draw(st.sampled_from([["q", "v"], ["q", "v", "k"], ["q", "q"]]))
    return {"layers": [*layers, {**draw(body_of(kind)), "inputs": inputs}]}, [2]


@pytest.mark.parametrize("kind", ATTENDING)
def test_a_layer_of_attention_is_as_keras_makes_it(kind: str) -> None:
    assert accepted_of(attended(kind), EXAMPLES) > 0
