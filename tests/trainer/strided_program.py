"""Gradients with kernels of one element, by the engine's networks and by NumPy: oneDNN is told ahead of TensorFlow.

A line of JSON: each network's greatest deviation from its own formula.
"""

import json
from typing import Any

import numpy as np
import tensorflow as tf

from spec.networks.networks import NetworkSpec
from worker.trainer.network.build import build_network
from worker.trainer.untyped import Tensor

Layer = dict[str, Any]
ROWS = 8
FAR = 1_048_576
CASES: dict[str, tuple[Layer, tuple[int, ...]]] = {
    f"{layer['type']} {layer['filters']} {layer['strides']} {shape}": (layer, shape)
    for layer, shape in [
        ({"type": "Conv1D", "filters": 4, "strides": 3}, (120, 3)),
        ({"type": "Conv2D", "filters": 4, "strides": 2}, (10, 26, 4)),
        ({"type": "Conv2D", "filters": 16, "strides": 3, "padding": "same"}, (15, 15, 3)),
        ({"type": "Conv2D", "filters": 2, "strides": [1, 2]}, (25, 14, 4)),
        ({"type": "Conv2D", "filters": 2, "strides": 2}, (25, 14, 16)),
        ({"type": "Conv1DTranspose", "filters": 3, "strides": 2}, (60, 4)),
        ({"type": "Conv2DTranspose", "filters": 4, "strides": 2}, (5, 13, 4)),
        ({"type": "Conv2DTranspose", "filters": 3, "strides": [3, 1], "padding": "same"}, (5, 9, 16)),
        ({"type": "Conv2DTranspose", "filters": 3, "strides": 2, "output_padding": 0}, (5, 9, 2)),
        ({"type": "Conv2DTranspose", "filters": 3, "strides": 3, "output_padding": [1, 2]}, (5, 9, 2)),
        ({"type": "Conv1D", "filters": 4, "strides": FAR}, (8, 3)),
        ({"type": "Conv2D", "filters": 4, "strides": [1, FAR]}, (10, 6, 4)),
        ({"type": "Conv2D", "filters": 2, "strides": FAR, "padding": "same"}, (5, 7, 3)),
        ({"type": "Conv1DTranspose", "filters": 3, "strides": FAR, "output_padding": 0}, (1, 4)),
        ({"type": "Conv2DTranspose", "filters": 2, "strides": [FAR, 2], "output_padding": 0}, (1, 5, 2)),
    ]
}


def deviation(layer: Layer, shape: tuple[int, ...]) -> float:
    """Of the output and the kernel's gradient of ``sum(output * weights)``, in parts of the greatest number."""
    network = NetworkSpec.model_validate({"layers": [{**layer, "kernel_size": 1, "use_bias": False}]})
    model = build_network(network, shape, seed=1)
    draw = np.random.default_rng(1)
    rows = draw.normal(size=(ROWS, *shape)).astype("float32")
    weights = draw.normal(size=(ROWS, *model.output_shape[1:])).astype("float32")

    @tf.function
    def step(rows: Tensor, weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(rows)
            output = model(rows, training=True)
            loss = tf.reduce_sum(output * weights)
        return output, *tape.gradient(loss, [rows, model.trainable_variables[0]])

    output, backward, gradient = (tensor.numpy() for tensor in step(tf.constant(rows), tf.constant(weights)))
    (kernel,) = (variable.numpy() for variable in model.trainable_variables)
    kernel = kernel.reshape(kernel.shape[-2:])
    strides = layer["strides"] if isinstance(layer["strides"], list) else [layer["strides"]] * (len(shape) - 1)
    sides = list(range(len(shape)))
    read = (slice(None), *(slice(None, None, stride) for stride in strides))
    if layer["type"].endswith("Transpose"):
        told = np.zeros_like(output)
        told[read] = rows @ kernel.T
        wanted = np.tensordot(weights[read], rows, axes=(sides, sides))
        wanted_backward = weights[read] @ kernel
    else:
        told = rows[read] @ kernel
        wanted = np.tensordot(rows[read], weights, axes=(sides, sides))
        wanted_backward = np.zeros_like(rows)
        wanted_backward[read] = weights @ kernel.T
    pairs = ((output, told), (gradient.reshape(wanted.shape), wanted), (backward, wanted_backward))
    return max(float(np.abs(real - exact).max() / np.abs(exact).max()) for real, exact in pairs)


def deviations_of_all() -> dict[str, float]:
    """Case -> its greatest deviation, with the instructions that this process was told to use."""
    return {name: deviation(*case) for name, case in CASES.items()}


if __name__ == "__main__":
    print(json.dumps(deviations_of_all()))  # noqa: T201 (to who started it)
