"""The probe: a few rows, always the same, that are taken through the network after each epoch and change nothing.

The signals are computed in a function of their own, compiled beside those of the training, so the graph of a step is
the same whether they are measured or not. The pass is that of a training step (`Model.train_step`) as far as the
gradients: dropout drops, batch normalization goes by the statistics of these rows, and regularization counts. But
every variable is read as it stands and none is written: within a `keras.StatelessScope` what a layer would assign (its
moving averages, the state of its generator) is dropped afterwards.
"""

import math
from collections.abc import Sequence
from typing import Any, cast

import keras
import tensorflow as tf

from worker.trainer.compilation.traced_functions import Function, JobFunctions
from worker.trainer.epochs.batches import batch_of
from worker.trainer.epochs.mirrored import is_mirrored, values_of
from worker.trainer.signals import SIGNALS
from worker.trainer.signals.signal import LayerSignals, Signal, WatchedLayer
from worker.trainer.untyped import KerasObject, Model, Tensor, Tensors

_SMALLER = 16.0
"""How much smaller the scale of the loss is when gradients are tried again that were not finite."""


class Probe:
    """Measures the signals of one model.

    Args:
        model: A compiled Keras model whose state is built.
        rows: Features of each input, targets and, where there are weights, a weight a row.
        functions: Where its function is compiled; several devices have a program of their own.
        signals: What is measured.
    """

    def __init__(
        self, model: Model, rows: Tensors, functions: JobFunctions, signals: Sequence[Signal] = SIGNALS
    ) -> None:
        self._model = model
        self._rows = rows
        self._signals = signals
        self._layers: list[KerasObject] = list(model.layers)
        signature = [
            tuple(tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in rows),
            tf.TensorSpec([], tf.float32),
        ]
        self._function: Function
        if is_mirrored(model):
            # One of the devices does it alone, with its own copies of what each has for itself.
            self._function = tf.function(self._pass, input_signature=signature, autograph=False)
        else:
            names = ",".join(signal.name for signal in signals)
            self._function = functions.compiled(f"signals {names}", self._pass, signature)

    def measure(self) -> LayerSignals:
        """The signals of the model as it stands, by layer, in the order of its layers; changes nothing of it."""
        scale = self._loss_scale()
        while True:
            values, has_meaning = self._function(self._rows, tf.constant(scale, tf.float32))
            if scale <= 1 or bool(tf.reduce_all(tf.math.is_finite(values))):
                break
            # A step would be passed over, and the scale be halved: what overflows is not the gradient but its multiple.
            scale = max(1.0, scale / _SMALLER)
        return self._by_layer(values.numpy().tolist(), has_meaning.numpy().tolist())

    def _by_layer(self, values: list[list[float]], has_meaning: list[list[bool]]) -> LayerSignals:
        found: dict[str, dict[str, float]] = {}
        for layer, numbers, known in zip(self._layers, values, has_meaning, strict=True):
            names = (signal.name for signal in self._signals)
            told = {name: number for name, number, is_told in zip(names, numbers, known, strict=True) if is_told}
            if told:
                found[layer.name] = told
        return found

    def _loss_scale(self) -> float:
        """By what the loss is multiplied so that no gradient is lost in float16: what the training has found."""
        optimizer = self._model.optimizer
        if not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            return 1.0
        return float(self._value_of(optimizer.dynamic_scale))

    def _value_of(self, variable: KerasObject) -> Tensor:
        """A variable as it stands, on the first device where each has its own."""
        return values_of(self._model, [variable])[0][0].read_value()

    def _pass(self, rows: Tensors, scale: Tensor) -> tuple[Tensor, Tensor]:
        """A row a layer and a column a signal: the values, and whether each means anything."""
        watched = self._watched(rows, scale)
        measured = [[signal.measure(layer) for signal in self._signals] for layer in watched]
        values = [[tf.constant(math.nan, tf.float64) if one is None else one for one in row] for row in measured]
        has_meaning = [[one is not None for one in row] for row in measured]
        return tf.stack([tf.stack(row) for row in values]), tf.constant(has_meaning)

    def _watched(self, rows: Tensors, scale: Tensor) -> list[WatchedLayer]:
        """The layers after a forward and a backward pass, as `Model.train_step` makes them, with nothing written."""
        model = self._model
        values = {id(variable): self._value_of(variable) for variable in model.variables}
        read = {id(variable): [values[id(variable)]] for variable in model.trainable_variables}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([value for (value,) in read.values()])
            scope = _Reading([(variable, values[id(variable)]) for variable in model.variables], read, tape)
            loss = self._loss(rows, scope)
            scaled = loss * tf.cast(scale, loss.dtype)
        pulls = cast("list[list[Tensor | None]]", tape.gradient(scaled, list(read.values())))
        gradients = {
            key: _sum([pull for pull in each if pull is not None], scale) for key, each in zip(read, pulls, strict=True)
        }
        return [
            WatchedLayer(
                layer,
                [values[id(variable)] for variable in layer.trainable_variables],
                [gradients[id(variable)] for variable in layer.trainable_variables],
            )
            for layer in self._layers
        ]

    def _loss(self, rows: Tensors, scope: "_Reading") -> Tensor:
        model: Any = self._model
        features, target, weight = batch_of(model, rows)
        with scope:
            predicted = model(features, training=True)
            return model._compute_loss(  # noqa: SLF001 (as `train_step` does)
                x=features, y=target, y_pred=predicted, sample_weight=weight, training=True
            )


class _Reading(keras.StatelessScope):
    """Variables that are read as they stand, and written to in this scope alone.

    Where a layer writes to a variable that is trained (`SpectralNormalization`), no gradient goes through what it
    writes, as in a step: the gradient of the variable is that of all who read it, before and after.

    Args:
        values: Of all variables.
        read: What is read of each that is trained, by its id; what a layer writes is added.
        tape: Watches it.
    """

    def __init__(
        self, values: Sequence[tuple[KerasObject, Tensor]], read: dict[int, list[Tensor]], tape: tf.GradientTape
    ) -> None:
        super().__init__(values, collect_losses=True, initialize_variables=False)
        self._read = read
        self._tape = tape

    def add_update(self, update: tuple[KerasObject, Tensor]) -> None:
        """What a variable is from now on."""
        variable, value = update
        if id(variable) in self._read:
            value = tf.stop_gradient(value)
            self._tape.watch(value)
            self._read[id(variable)].append(value)
        super().add_update((variable, value))


def _sum(pulls: Sequence[Tensor], scale: Tensor) -> Tensor | None:
    return tf.add_n([tf.convert_to_tensor(pull) for pull in pulls]) / scale if pulls else None
