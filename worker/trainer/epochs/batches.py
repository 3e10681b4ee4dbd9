"""Batches as Keras's steps take them: the engine has flat tuples of tensors, and Keras names several inputs."""

from typing import NamedTuple

from worker.trainer.untyped import Model, Tensor, Tensors


class Batch(NamedTuple):
    """What `fit` hands to a step.

    Attributes:
        features: A tensor; of several inputs, one each by their names, as users of Keras pass them.
        target: The targets.
        weight: A weight a row, or None.
    """

    features: Tensor
    target: Tensor
    weight: Tensor | None


def input_count(model: Model) -> int:
    """How many tensors of a row are features; the target follows them, and the weight, where there is one."""
    return len(model.inputs)


def batch_of(model: Model, tensors: Tensors) -> Batch:
    """These tensors, some rows of each, by what they are."""
    count = input_count(model)
    target, *weights = tensors[count:]
    return Batch(features_of(model, tensors[:count]), target, *weights or [None])


def features_of(model: Model, tensors: Tensors) -> Tensor:
    """The features of some rows as users of Keras pass them: of several inputs, by their names."""
    if len(tensors) == 1:
        return tensors[0]
    return {one.name: tensor for one, tensor in zip(model.inputs, tensors, strict=True)}


def for_keras(model: Model, tensors: Tensors) -> Tensors:
    """As `batch_of`, in the tuple that `train_step` and `test_step` take: without a weight where there is none."""
    features, target, weight = batch_of(model, tensors)
    return (features, target) if weight is None else (features, target, weight)
