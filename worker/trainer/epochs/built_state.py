"""The variables of a training, made ahead of its first step."""

import keras
from keras.src.backend import compute_output_spec

from worker.trainer.epochs.batches import batch_of
from worker.trainer.network.layerwise_rates import optimizers_of
from worker.trainer.network.precision import inner_optimizer
from worker.trainer.untyped import KerasObject, Model, Tensor, Tensors


def build_state(model: Model, rows: Tensors, batch_size: int) -> None:
    """Make the variables of optimizer, metrics and loss ahead of the first step, so that it is traced only once.

    ``fit`` builds the optimizer while it traces, where values that its ``build`` assigns are lost (the momentums of
    ScheduleFreeAdamW begin at 0, not at the weights). So nothing is assigned here.

    Metrics and loss are built by what the network gives for a batch, as ``Model._symbolic_build`` does; that the shape
    of this is known already saves tracing the network for it.
    """
    optimizers = optimizers_of(inner_optimizer(model))
    for optimizer in optimizers:
        vars(optimizer)["assign"] = lambda *_: None
    try:
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
    finally:
        for optimizer in optimizers:
            del vars(optimizer)["assign"]
    features, target, weight = batch_of(model, tuple(_symbol_of(tensor, batch_size) for tensor in rows))
    output = model.outputs[0]
    predicted = keras.KerasTensor((batch_size, *output.shape[1:]), output.dtype)
    compute_output_spec(model.compute_metrics, features, target, predicted, sample_weight=weight)
    compute_output_spec(model.compute_loss, features, target, predicted, sample_weight=weight, training=False)


def _symbol_of(tensor: Tensor, rows: int) -> KerasObject:
    return keras.KerasTensor((rows, *tensor.shape[1:]), keras.backend.standardize_dtype(tensor.dtype))
