"""What each layer of a model gives while the model is called, listened to from outside."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any

import keras
import tensorflow as tf

from worker.trainer.untyped import KerasObject, Tensor

_LAYOUTS = (keras.layers.Flatten, keras.layers.Reshape, keras.layers.Permute, keras.layers.RepeatVector)
"""They give what they read in another shape."""


@contextmanager
def heard(layers: Sequence[KerasObject]) -> Generator[dict[int, Tensor]]:
    """Within this, what layers give is noted, by the ids of the layers; of one that is called again, the last.

    Left out is what is no single tensor of numbers with an axis of units. The layers are as they were afterwards.
    """
    found: dict[int, Tensor] = {}
    heard_layers = [layer for layer in layers if not isinstance(layer, (*_LAYOUTS, keras.layers.InputLayer))]
    for layer in heard_layers:
        vars(layer)["call"] = _listening(layer, found)
    try:
        yield found
    finally:
        for layer in heard_layers:
            del vars(layer)["call"]


def _listening(layer: KerasObject, found: dict[int, Tensor]) -> Any:  # noqa: ANN401 (takes and gives what `call` does)
    call = layer.call

    @wraps(call)
    def listening(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (likewise)
        output = call(*arguments, **named)
        if tf.is_tensor(output) and output.dtype.is_floating and len(output.shape) > 1:
            found[id(layer)] = output
        return output

    return listening
