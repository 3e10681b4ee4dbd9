"""The probe: a few rows, always the same, that are taken through the network after each epoch and change nothing.

The signals are computed in a function of their own, compiled beside those of the training, so the graph of a step is
the same whether they are measured or not. The pass is that of a training step (`Model.train_step`) as far as the
gradients: dropout drops, batch normalization goes by the statistics of these rows, and regularization counts. But
every variable is read as it stands and none is written: within a `keras.StatelessScope` what a layer would assign (its
moving averages, the state of its generator) is dropped afterwards.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import keras
import tensorflow as tf

from worker.trainer.compilation.traced_functions import JobFunctions, SharedFunction
from worker.trainer.epochs.batches import batch_of
from worker.trainer.epochs.mirrored import is_mirrored, values_of
from worker.trainer.signals import SIGNALS
from worker.trainer.signals.outputs import heard
from worker.trainer.signals.signal import LayerSignals, Signal, WatchedLayer
from worker.trainer.untyped import KerasObject, Model, Tensor, Tensors
from worker.trainer.weights.best import read_variable

_SMALLER = 16.0
"""How much smaller the scale of the loss is when gradients are tried again that were not finite."""
_OF_A_STEP = frozenset({"update_ratio"})
"""Signals that mean nothing unless the weights ahead of a step are known."""


@dataclass(frozen=True)
class Measured:
    """What one pass showed.

    Attributes:
        loss: Of the rows of the probe, as a step of the training has it: with penalties, and with what dropout drops.
        signals: By layer, in the order of the layers; layers of which nothing means anything are left out.
    """

    loss: float
    signals: LayerSignals = field(default_factory=dict[str, Mapping[str, float]])


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
        self._trained = trained_variables(model)
        signature = [
            tuple(tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in rows),
            tuple(tf.TensorSpec(variable.shape, variable.dtype) for variable in self._trained),
            tf.TensorSpec([], tf.float32),
        ]
        if is_mirrored(model):
            # One of the devices does it alone, with its own copies of what each has for itself.
            functions = JobFunctions.unshared(lambda: [self._variable_of(one) for one in model.variables])
        names = ",".join(signal.name for signal in signals)
        self._function: SharedFunction = functions.compiled(f"signals {names}", self._pass, signature)

    def measure(self, before: Sequence[Tensor] | None = None, first: Sequence[Tensor] | None = None) -> Measured:
        """The signals of the model as it stands, or as it was; changes nothing of it.

        Args:
            before: What each of `trained_variables` was ahead of the last step; without it, nothing is told of a step.
            first: The values of all variables of the model, as `values_now` gave them: the model is taken to have
                these.
        """
        function = self._function if first is None else self._function.on(self._stand_ins(first))
        known = tuple(before or (read_variable(variable) for variable in self._trained))
        scale = self._loss_scale()
        while True:
            values, has_meaning, loss, is_finite = function(self._rows, known, tf.constant(scale, tf.float32))
            if scale <= 1 or bool(is_finite):
                break
            # A step would be passed over, and the scale be halved: what overflows is not the gradient but its multiple.
            scale = max(1.0, scale / _SMALLER)
        signals = self._by_layer(values.numpy().tolist(), has_meaning.numpy().tolist(), has_step=before is not None)
        return Measured(float(loss), signals)

    def _by_layer(
        self, values: list[list[float]], has_meaning: list[list[bool]], *, has_step: bool
    ) -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = {}
        left_out = frozenset[str]() if has_step else _OF_A_STEP
        names = [signal.name for signal in self._signals]
        for layer, numbers, known in zip(self._layers, values, has_meaning, strict=True):
            told = {
                name: number
                for name, number, is_told in zip(names, numbers, known, strict=True)
                if is_told and name not in left_out
            }
            if told:
                found[layer.name] = told
        return found

    @property
    def _is_scaling(self) -> bool:
        return isinstance(self._model.optimizer, keras.optimizers.LossScaleOptimizer)

    def _loss_scale(self) -> float:
        """By what the loss is multiplied so that no gradient is lost in float16: what the training has found."""
        optimizer = self._model.optimizer
        if not self._is_scaling:
            return 1.0
        return float(self._variable_of(optimizer.dynamic_scale).read_value())

    def _variable_of(self, variable: KerasObject) -> KerasObject:
        """TensorFlow's variable, that of the first device where each has its own."""
        return values_of(self._model, [variable])[0][0]

    def _stand_ins(self, first: Sequence[Tensor]) -> dict[int, KerasObject]:
        """For each variable that the program reads, another one with its first value, by the id of its handle."""
        variables = [self._variable_of(variable) for variable in self._model.variables]
        return {id(one.handle): tf.Variable(value) for one, value in zip(variables, first, strict=True)}

    def _pass(self, rows: Tensors, before: Tensors, scale: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """A row a layer and a column a signal: the values, and whether each means anything; loss; are gradients finite.

        That they are finite is read off their norms, which are wherever the gradients are.
        """
        watched, loss = self._watched(rows, before, scale)
        measured = [[signal.measure(layer) for signal in self._signals] for layer in watched]
        values = [[tf.constant(math.nan, tf.float64) if one is None else one for one in row] for row in measured]
        has_meaning = [[one is not None for one in row] for row in measured]
        norms = [layer.gradient_norm for layer in watched if layer.weights]
        is_finite = tf.math.is_finite(tf.add_n(norms)) if norms else tf.constant(True)  # noqa: FBT003 (a tensor's value)
        return tf.stack([tf.stack(row) for row in values]), tf.constant(has_meaning), loss, is_finite

    def _watched(self, rows: Tensors, before: Tensors, scale: Tensor) -> tuple[list[WatchedLayer], Tensor]:
        """The layers after a forward and a backward pass, as `Model.train_step` makes them, with nothing written."""
        model = self._model
        values = {id(variable): self._variable_of(variable).read_value() for variable in model.variables}
        weights = model.trainable_variables
        read = {id(variable): [values[id(variable)]] for variable in weights}
        with tf.GradientTape(watch_accessed_variables=False) as tape, heard(self._layers) as outputs:
            tape.watch([value for (value,) in read.values()])
            scope = _Reading([(variable, values[id(variable)]) for variable in model.variables], read, tape)
            loss = self._loss(rows, scope)
            scaled = loss * tf.cast(scale, loss.dtype) if self._is_scaling else loss
        pulls = cast("list[list[Tensor | None]]", tape.gradient(scaled, list(read.values())))
        divisor = scale if self._is_scaling else None
        gradients = {key: _sum(each, divisor) for key, each in zip(read, pulls, strict=True)}
        for output in outputs.values():
            output.set_shape([rows[0].shape[0], *output.shape[1:]])  # some layers lose sight of how many rows there are
        earlier = {id(variable): value for variable, value in zip(weights, before, strict=True)}
        watched = [
            WatchedLayer(
                layer,
                [values[id(variable)] for variable in layer.trainable_variables],
                [gradients[id(variable)] for variable in layer.trainable_variables],
                [earlier[id(variable)] for variable in layer.trainable_variables],
                outputs.get(id(layer)),
            )
            for layer in self._layers
        ]
        return watched, tf.cast(loss, tf.float64)

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


def _sum(pulls: Sequence[Tensor | None], divisor: Tensor | None) -> Tensor | None:
    """The gradients of one variable, added up, and divided where the loss was multiplied."""
    found = [tf.convert_to_tensor(pull) for pull in pulls if pull is not None]
    if not found:
        return None
    whole = found[0] if len(found) == 1 else tf.add_n(found)
    return whole if divisor is None else whole / divisor


def trained_variables(model: Model) -> list[KerasObject]:
    """TensorFlow's variables behind those that a model trains, of the first device; in their order."""
    return [values_of(model, [variable])[0][0] for variable in model.trainable_variables]


def values_now(model: Model) -> list[Tensor]:
    """The values of all variables of a model; nothing is copied until a step writes to them."""
    return [read_variable(values_of(model, [variable])[0][0]) for variable in model.variables]
