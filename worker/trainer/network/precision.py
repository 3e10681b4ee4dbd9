"""What a network computes in: Keras's dtype policies."""

from collections.abc import Generator
from contextlib import contextmanager

import keras

from spec.training.training import Precision
from worker.trainer.network.layerwise_rates import optimizers_of
from worker.trainer.untyped import KerasObject, Model


@contextmanager
def computing_in(precision: Precision) -> Generator[None]:
    """Give all layers that are made meanwhile this dtype policy, as `keras.config.set_dtype_policy` does for good.

    A layer keeps the policy it was made with, and a model's `compile` goes by the model's own; so a process that
    trains one job after the other need not stay with one.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def scaled(optimizer: KerasObject, model: Model) -> KerasObject:
    """The optimizer for this model, wrapped where Keras's `compile` would do so by itself, and as it would.

    Done ahead of it, the model says so when it is saved. Where `compile` does it, the file holds an optimizer without
    its wrapper, and Keras 3.15 drops the state of all of it when it loads that.
    """
    if model.dtype_policy.name != "mixed_float16":
        return optimizer
    return keras.optimizers.LossScaleOptimizer(optimizer, name="loss_scale_optimizer")


def inner_optimizer(model: Model) -> KerasObject:
    """The optimizer that the model was compiled with: under "mixed_float16" Keras wraps it in one that scales the loss.

    The wrapper passes on its learning rate and number of updates; what else belongs to one kind of optimizer is found
    here alone.
    """
    optimizer = model.optimizer
    return optimizer.inner_optimizer if isinstance(optimizer, keras.optimizers.LossScaleOptimizer) else optimizer


def untracked_variables(model: Model) -> list[KerasObject]:
    """What Nadam keeps beside its slots: Keras 3.15 forgets to count it where the wrapper builds the optimizer."""
    products = [getattr(one, "_u_product", None) for one in optimizers_of(inner_optimizer(model))]
    return [product for product in products if product is not None]
