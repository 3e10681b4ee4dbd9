"""Jobs drawn without looking: what can go wrong with a training, at random, by a seed.

After the method of jobs that are labelled by what came of them: data set, depth, width, activation, initializer,
normalization, dropout, penalty, optimizer, learning rate, batch, epochs and scaling are drawn, each by itself; the loss
and the output fit the target always. Most choices are usual ones, so that about as many jobs learn as do not.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from bench.diagnosis.tables import FORMS, UPLOADED

Spec = dict[str, Any]
T = TypeVar("T")

VALIDATION = 0.25
"""The same rows validate every job of a data set: their scores can be compared."""

STEPS = (100, 4_000)
"""Of all epochs together, log-uniform: a job trains in a few seconds."""

CONVOLVED_STEPS = (60, 400)
"""The same of networks that convolve pictures: a step of theirs takes ten times as long."""

EPOCHS = (3, 120)

_DEFAULT_RATES = {"SGD": 0.03, "Momentum": 0.01, "Nesterov": 0.01, "RMSprop": 1e-3, "Adam": 2e-3, "Nadam": 2e-3,
                  "AdamW": 2e-3, "Adagrad": 0.05}  # fmt: skip
"""What people begin with: half of the rates lie within a factor of three of these."""
_DECADES = (-6.0, 1.0)
"""The other half lie anywhere in these seven."""
_FITTING = {"relu": "he_normal", "elu": "he_normal", "gelu": "he_normal", "silu": "he_normal", "selu": "lecun_normal"}


@dataclass(frozen=True)
class DrawnJob:
    """A job that was drawn.

    Attributes:
        name: Of the job in its draw.
        data: The name of its data set here.
        spec: Complete but for the id of an uploaded data set, for which `data` stands, and for its seed.
    """

    name: str
    data: str
    spec: Spec

    def seeded(self, seed: int, dataset: str) -> Spec:
        """The spec as it is sent.

        Args:
            seed: Of the training.
            dataset: The id or the name of the data set.
        """
        return self.spec | {
            "dataset": self.spec["dataset"] | {"name": dataset},
            "training": self.spec["training"] | {"seed": seed},
        }


def draw(seed: int, jobs: int, data: Sequence[str] = tuple(FORMS)) -> list[DrawnJob]:
    """So many jobs, the same for the same seed; the first ones of a longer draw are those of a shorter one.

    Args:
        seed: Of the draw.
        jobs: How many.
        data: The names of the data sets, which take turns.
    """
    return [
        _Draw(np.random.default_rng([seed, number]), data[number % len(data)], number).job for number in range(jobs)
    ]


class _Draw:
    """One job being drawn."""

    def __init__(self, chance: np.random.Generator, data: str, number: int) -> None:
        self._chance = chance
        self._data = data
        self._form = FORMS[data]
        self._is_convolved = self._form.side is not None and self._happens(0.35)
        layers, loss = self._layers()
        spec: Spec = {
            "dataset": self._dataset(),
            "network": {"layers": layers},
            "training": self._training(loss),
        }
        self.job = DrawnJob(f"{number:04}", data, spec)

    def _happens(self, share: float) -> bool:
        return bool(self._chance.uniform() < share)

    def _one(self, choices: Mapping[T, float] | Sequence[T]) -> T:
        """One of several, by their weights."""
        options = list(choices)
        weights = np.array(list(choices.values()) if isinstance(choices, Mapping) else [1.0] * len(options))
        return options[int(self._chance.choice(len(options), p=weights / weights.sum()))]

    def _log(self, least: float, most: float) -> float:
        """Log-uniform, of three digits."""
        return float(f"{10 ** self._chance.uniform(math.log10(least), math.log10(most)):.3g}")

    def _whole(self, least: int, most: int) -> int:
        return round(self._log(least, most))

    def _dataset(self) -> Spec:
        said: Spec = {"name": self._data}
        if self._data in UPLOADED and self._form.classes:
            said["target"] = {"column": "y", "type": "classes"}
        scaling = self._one({"": 0.55, "none": 0.25, "unit": 0.1, "standard": 0.1})
        return said | ({"scaling": scaling} if scaling else {})

    def _training(self, loss: str | Spec) -> Spec:
        rows = int(self._form.rows * (1 - VALIDATION))
        batch = self._one({8: 0.1, 16: 0.2, 32: 0.35, 64: 0.15, 128: 0.1, 512: 0.1})
        steps = self._whole(*(CONVOLVED_STEPS if self._is_convolved else STEPS))
        epochs = round(steps / math.ceil(rows / batch))
        return {
            "loss": loss,
            "optimizer": self._optimizer(),
            "metrics": ["accuracy"] if self._form.classes else ["mae", "mse"],
            "epochs": min(max(epochs, EPOCHS[0]), EPOCHS[1]),
            "batch_size": batch,
            "validation_split": VALIDATION,
        }

    def _optimizer(self) -> Spec:
        kind = self._one({"SGD": 3, "Momentum": 3, "Nesterov": 1, "RMSprop": 2, "Adam": 5, "Nadam": 1, "AdamW": 1,
                          "Adagrad": 1})  # fmt: skip
        usual = _DEFAULT_RATES[kind]
        anywhere = self._log(10 ** _DECADES[0], 10 ** _DECADES[1])
        rate = anywhere if self._happens(0.5) else self._log(usual / 3, usual * 3)
        if kind in {"Momentum", "Nesterov"}:
            return {"type": "SGD", "learning_rate": rate, "momentum": 0.9} | (
                {"nesterov": True} if kind == "Nesterov" else {}
            )
        return {"type": kind, "learning_rate": rate}

    def _layers(self) -> tuple[list[Spec], str | Spec]:
        hidden = self._hidden()
        output, loss = self._output()
        return [*hidden, output], loss

    def _hidden(self) -> list[Spec]:
        activation = self._one({"relu": 8, "tanh": 3, "sigmoid": 3, "elu": 2, "selu": 1.5, "gelu": 1, "silu": 1,
                                "leaky": 1, "softplus": 0.5, "linear": 1})  # fmt: skip
        initializer = self._initializer(activation)
        normalization = self._one({"": 7, "after": 1.5, "before": 1, "layer": 0.7})
        dropout = round(float(self._chance.uniform(0.05, 0.9)), 2) if self._happens(0.3) else None
        penalty = self._penalty()
        depth = self._one({1: 3, 2: 4, 3: 3, 4: 1, 6: 1, 10: 1})
        width = self._whole(4, 128)
        layers = self._convolved(activation, initializer)
        if self._form.side is not None:
            layers.append({"type": "Flatten"})
        for _ in range(min(depth, 2) if self._is_convolved else depth):
            dense: Spec = {"type": "Dense", "units": width} | initializer | penalty
            layers += _wrapped(dense, activation, normalization)
            if dropout is not None:
                layers.append({"type": "AlphaDropout" if activation == "selu" else "Dropout", "rate": dropout})
        return layers

    def _convolved(self, activation: str, initializer: Spec) -> list[Spec]:
        if not self._is_convolved:
            return []
        side = self._form.side
        layers: list[Spec] = [{"type": "Reshape", "target_shape": [side, side, 1]}]
        for filters in (8, 16)[: self._one({1: 1, 2: 1})]:
            kernel: Spec = {"type": "Conv2D", "filters": filters, "kernel_size": 3, "padding": "same"}
            layers += _wrapped(kernel | initializer, activation, "")
            layers.append({"type": "MaxPooling2D", "pool_size": 2})
        return layers

    def _initializer(self, activation: str) -> Spec:
        kind = self._one({"": 5, "fitting": 2.5, "normal": 1.5, "scaled": 1, "uniform": 0.5})
        if kind == "fitting":
            return {"kernel_initializer": _FITTING.get(activation, "glorot_normal")}
        if kind == "normal":
            return {"kernel_initializer": {"type": "RandomNormal", "stddev": self._log(1e-3, 5)}}
        if kind == "scaled":
            scale = self._log(1e-3, 100)
            return {"kernel_initializer": {"type": "VarianceScaling", "scale": scale, "mode": "fan_avg"}}
        return {"kernel_initializer": "random_uniform"} if kind == "uniform" else {}

    def _penalty(self) -> Spec:
        kind = self._one({"": 8, "L2": 1.5, "L1": 0.7})
        if not kind:
            return {}
        size = self._log(1e-6, 1)
        return {"kernel_regularizer": {"type": kind, kind.lower(): size}}

    def _output(self) -> tuple[Spec, str | Spec]:
        classes = self._form.classes
        if classes is None:
            return {"type": "Dense", "units": 1}, self._one({"mse": 4, "mae": 1, "huber": 1})
        is_sharp = self._happens(0.15)
        if classes == 2 and self._happens(0.5):  # noqa: PLR2004 -- two classes need one unit only
            kind, units, activation = "BinaryCrossentropy", 1, "sigmoid"
        else:
            kind, units, activation = "SparseCategoricalCrossentropy", classes, "softmax"
        if is_sharp:
            return {"type": "Dense", "units": units}, {"type": kind, "from_logits": True}
        return {"type": "Dense", "units": units, "activation": activation}, {"type": kind}


def _wrapped(layer: Spec, activation: str, normalization: str) -> list[Spec]:
    """A layer with its activation, and a normalization before or after that."""
    if activation == "leaky":
        active: list[Spec] = [layer, {"type": "LeakyReLU", "negative_slope": 0.2}]
    elif activation == "linear":
        active = [layer]
    elif normalization == "before":
        return [layer | {"use_bias": False}, {"type": "BatchNormalization"}, _active(activation)]
    else:
        active = [layer | {"activation": activation}]
    kind = {"after": "BatchNormalization", "before": "BatchNormalization", "layer": "LayerNormalization"}
    return [*active, {"type": kind[normalization]}] if normalization else active


def _active(activation: str) -> Spec:
    return {"type": "Activation", "activation": activation}
