"""What augments the batches of a training: layers ahead of the network, which are no part of it.

The numbers of a training are those of `fit` on a model of these layers and the network, one after the other. Only what
is evaluated, kept and asked for predictions is the network alone.
"""

from collections.abc import Sequence

import tensorflow as tf

from spec.datasets.augmentation import Augmenting
from spec.layers.augmentation import PictureAugmentation
from worker.trainer.network.build import made
from worker.trainer.untyped import KerasObject, Tensor, Tensors


class Augmentation:
    """The layers ahead of the inputs of one network.

    To be made right after the network, as in code that makes it first: so a network begins with the same weights
    whether its batches are augmented or not.

    Args:
        layers: Those of each input, in order; an input may have none, and so may all.
    """

    def __init__(self, layers: Augmenting) -> None:
        self._inputs = [[_Step(layer) for layer in of_input] for of_input in layers]

    @property
    def variables(self) -> list[KerasObject]:
        """The state of each layer's generator."""
        return [variable for steps in self._inputs for step in steps for variable in step.variables]

    def augmented(self, tensors: Tensors) -> Tensors:
        """A batch, as a step takes it, with its features augmented.

        Args:
            tensors: Features of each input, targets and perhaps weights.
        """
        count = len(self._inputs)
        features = zip(tensors[:count], self._inputs, strict=True)
        return (*(_through(steps, one) for one, steps in features), *tensors[count:])


def _through(steps: Sequence["_Step"], features: Tensor) -> Tensor:
    for step in steps:
        features = step.applied(features)
    return features


class _Step:
    """One layer."""

    def __init__(self, layer: KerasObject) -> None:
        self._layer = made(layer)
        self._is_of_pictures = isinstance(layer, PictureAugmentation)

    @property
    def variables(self) -> list[KerasObject]:
        return list(self._layer.variables)

    def applied(self, features: Tensor) -> Tensor:
        if not self._is_of_pictures or len(features.shape) != _GREY_AXES:
            return self._layer(features, training=True)
        # Grey pictures without an axis of channels: Keras would take a batch of them for one picture.
        return tf.squeeze(self._layer(tf.expand_dims(features, -1), training=True), -1)


_GREY_AXES = 3
"""Of a batch of grey pictures."""
