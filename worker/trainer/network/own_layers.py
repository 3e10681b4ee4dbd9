"""What Keras has no layer for, put together from Keras's own, so that Keras alone loads a model that has it.

Each class is called like the kind that `spec.layers` declares, takes the fields as arguments, and is used like one of
Keras's layers: made when its turn has come, and called with what it reads, when the shape of that is known.
"""

from typing import Any

import keras
import numpy as np
from keras.src.utils.naming import auto_name

from worker.trainer.untyped import KerasObject, Tensor


class PositionEmbedding:
    """A model within the model: a vector for each position is added to what it reads.

    The vectors are the shift of a normalization of zeros, which is what it gives: unlike Keras's Embedding, it hands on
    the mask of what it reads, and so does their sum.

    Attributes:
        name: What the model within the model is called.
        trainable: Whether the vectors are trained.
    """

    def __init__(  # noqa: PLR0913 (Keras's way)
        self,
        embeddings_initializer: KerasObject = "uniform",
        embeddings_regularizer: KerasObject = None,
        embeddings_constraint: KerasObject = None,
        activity_regularizer: KerasObject = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: str | None = None,
    ) -> None:
        self.name = name or auto_name(type(self).__name__)
        self.trainable = trainable
        self._zeros = keras.layers.ReLU(max_value=0.0, name="zeros", dtype=dtype)
        both: Any = (1, 2)  # Keras's own type says that there is one
        self._embeddings = keras.layers.LayerNormalization(
            axis=both,
            scale=False,
            beta_initializer=embeddings_initializer,
            beta_regularizer=embeddings_regularizer,
            beta_constraint=embeddings_constraint,
            name="embeddings",
            dtype=dtype,
        )
        self._sum = keras.layers.Add(activity_regularizer=activity_regularizer, name="sum", dtype=dtype)

    def __call__(self, read: Tensor) -> Tensor:
        """What it reads, of the shape (batch, steps, features), and the vectors."""
        with keras.name_scope(self.name):
            steps = keras.Input(read.shape[1:], dtype=read.dtype, name="steps")
            vectors = self._embeddings(self._zeros(steps))
            model = keras.Model(steps, self._sum([steps, vectors]), name=self.name)
        model.trainable = self.trainable
        # It does: its last layer has the mask of its first. Keras would warn of the contrary.
        model.supports_masking = True
        return model(read)


class SinePositionEncoding:
    """A `Rescaling` that adds sines and cosines of the position.

    Attributes:
        name: What the layer is called.
        trainable: Never: it has nothing to train.
    """

    def __init__(self, max_wavelength: float = 10000.0, *, name: str | None = None, **shared: Any) -> None:  # noqa: ANN401 (Keras's)
        self.name = name or auto_name(type(self).__name__)
        self.trainable = False
        self._max_wavelength = max_wavelength
        self._shared = shared

    def __call__(self, read: Tensor) -> Tensor:
        """What it reads, of the shape (batch, steps, features), and the sines."""
        _, steps, features = read.shape
        offset: Any = sines(steps, features, self._max_wavelength)
        layer: KerasObject = keras.layers.Rescaling(scale=1.0, offset=offset, name=self.name, **self._shared)
        return layer(read)


def sines(steps: int, features: int, max_wavelength: float) -> np.ndarray:
    """(steps, features): the sine of the position in each even column, and its cosine in the one after it.

    The waves become longer from column to column. Source: Vaswani et al. (2017), "Attention Is All You Need".
    """
    columns = np.arange(features)
    angles = np.arange(steps)[:, None] * max_wavelength ** (-(columns // 2 * 2) / features)
    return np.where(columns % 2, np.cos(angles), np.sin(angles)).astype(np.float32)
