"""Names for what Keras and TensorFlow publish without types, so that signatures still say what is meant."""

from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, Any]
"""A NumPy array."""

Tensor: TypeAlias = Any
"""A ``tf.Tensor``, eager or symbolic."""

Tensors: TypeAlias = tuple[Tensor, ...]
"""Features of each input, targets and, where there are weights, a weight a row; the first axis is the row."""

Model: TypeAlias = Any
"""A ``keras.Model``."""

KerasObject: TypeAlias = Any
"""An instance of a Keras class: a layer, an initializer, an optimizer, …"""
