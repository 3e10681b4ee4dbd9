"""Softmax of more axes than TensorFlow's kernel takes: what NumPy computes, and its gradient."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from spec.networks.networks import NetworkSpec
from worker.trainer.network.build import build_network

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

SHAPE = (2, 2, 3, 2, 2, 3)
LAYERS: list[tuple[dict[str, Any], tuple[int, ...]]] = [
    *(({"type": "Softmax", "axis": axis}, (axis,)) for axis in (1, 2, 3, -2, -1)),
    ({"type": "Softmax", "axis": [-1, 3]}, (-1, 3)),
    ({"type": "Activation", "activation": "softmax"}, (-1,)),
]


def expected(rows: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    grown = np.exp(rows.astype("float64"))
    return grown / grown.sum(axes, keepdims=True)


@pytest.mark.parametrize(("layer", "axes"), LAYERS, ids=str)
@pytest.mark.parametrize("batch", [None, 4])
def test_a_compiled_softmax_of_many_axes_is_that_of_numpy(
    layer: dict[str, Any], axes: tuple[int, ...], batch: int | None
) -> None:
    model = build_network(NetworkSpec.model_validate({"layers": [layer]}), SHAPE, seed=1)
    rows = np.random.default_rng(1).normal(size=(4, *SHAPE)).astype("float32")
    weights = np.random.default_rng(2).normal(size=rows.shape).astype("float32")

    @tf.function(input_signature=[tf.TensorSpec([batch, *SHAPE])])
    def both(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(rows)
            output = model(rows, training=True)
            summed = tf.reduce_sum(output * weights)
        return output, tape.gradient(summed, rows)

    output, gradient = both(rows)
    shares = expected(rows, axes)
    np.testing.assert_allclose(output, shares, rtol=1e-5)
    wanted = shares * (weights - (weights * shares).sum(axes, keepdims=True))
    np.testing.assert_allclose(gradient, wanted, atol=1e-5)


def test_of_few_axes_it_is_keras_own() -> None:
    rows = np.random.default_rng(1).normal(size=(4, 3, 5)).astype("float32")
    for axis in (1, 2, -1):
        layers = [{"type": "Softmax", "axis": axis}]
        model = build_network(NetworkSpec.model_validate({"layers": layers}), (3, 5), seed=1)
        np.testing.assert_array_equal(model(rows), tf.nn.softmax(rows, axis))
