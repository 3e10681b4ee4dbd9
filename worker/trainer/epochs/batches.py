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
    features, (target, *weights) = tensors[:count], tensors[count:]
    if count == 1:
        return Batch(features[0], target, *weights or [None])
    named = {one.name: tensor for one, tensor in zip(model.inputs, features, strict=True)}
    return Batch(named, target, *weights or [None])


def for_keras(model: Model, tensors: Tensors) -> Tensors:
    """As `batch_of`, in the tuple that `train_step` and `test_step` take: without a weight where there is none."""
    features, target, weight = batch_of(model, tensors)
    return (features, target) if weight is None else (features, target, weight)
