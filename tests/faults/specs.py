# ruff: noqa: ANN401 -- a part of a spec may be anything
"""Jobs for the rows: small ones that draw random numbers wherever a training can, and one that takes its time."""

import copy
import json
import random
from typing import Any

SOFTMAX = {"type": "Dense", "units": 10, "activation": "softmax"}


def quick(seed: int = 7, **training: Any) -> dict[str, Any]:
    """A job of a few hundredths of a second."""
    return {
        "dataset": "digits",
        "network": {"layers": [{"type": "Flatten"}, {"type": "Dropout", "rate": 0.2}, SOFTMAX]},
        "training": {
            "loss": "sparse_categorical_crossentropy",
            "optimizer": {"type": "SGD", "learning_rate": 0.05, "momentum": 0.9},
            "metrics": ["accuracy"],
            "epochs": 3,
            "batch_size": 64,
            "validation_split": 0.2,
            "seed": seed,
        }
        | training,
        "resources": {"max_attempts": 5},
    }


def steady(seed: int = 7, *, epochs: int = 20, **training: Any) -> dict[str, Any]:
    """A job of several epochs of a few tenths of a second each, with dropout, Adam and a rate that is lowered."""
    spec = quick(seed, epochs=epochs, batch_size=16, **training)
    spec["network"] = {
        "layers": [
            {"type": "Flatten"},
            {"type": "Dense", "units": 400, "activation": "relu"},
            {"type": "Dropout", "rate": 0.3},
            {"type": "Dense", "units": 400, "activation": "relu"},
            SOFTMAX,
        ]
    }
    spec["training"]["optimizer"] = {"type": "Adam", "learning_rate": 0.001}
    spec["training"]["callbacks"] = [{"type": "ReduceLROnPlateau", "monitor": "val_loss", "factor": 0.5, "patience": 1}]
    return spec


def phased(seed: int = 7, *, epochs: int = 20) -> dict[str, Any]:
    """The same in two phases: the first half with a frozen layer, the second with other rates for one."""
    spec = steady(seed, epochs=epochs)
    names = ["flat", "hidden", "dropout", "upper", "out"]
    spec["network"]["layers"] = [
        {**layer, "name": name} for layer, name in zip(spec["network"]["layers"], names, strict=True)
    ]
    half = epochs // 2
    spec["training"]["phases"] = [
        {"epochs": half, "freeze": ["hid*"]},
        {"epochs": epochs - half, "optimizer": {"type": "SGD", "learning_rate": 0.01, "momentum": 0.9}},
    ]
    spec["training"]["learning_rate_multipliers"] = {"upper": 0.5}
    return spec


def variants(rng: random.Random) -> list[dict[str, Any]]:
    """Jobs of many kinds, of a fraction of a second to several seconds."""
    plateau = {"type": "ReduceLROnPlateau", "monitor": "val_loss", "factor": 0.5, "patience": 2}
    early = {"type": "EarlyStopping", "monitor": "val_loss", "patience": 2, "restore_best_weights": True}
    decay = {"type": "ExponentialDecay", "initial_learning_rate": 0.05, "decay_steps": 40, "decay_rate": 0.9}
    cosine = {"type": "CosineDecay", "initial_learning_rate": 0.05, "decay_steps": 200}
    specs = [
        quick(rng.randrange(2**31), epochs=20),
        quick(rng.randrange(2**31), epochs=60, optimizer={"type": "SGD", "learning_rate": decay}),
        quick(rng.randrange(2**31), epochs=60, optimizer={"type": "RMSprop", "learning_rate": cosine}),
        quick(rng.randrange(2**31), epochs=80, batch_size=16, callbacks=[early]),
        quick(rng.randrange(2**31), epochs=40, batch_size=16, callbacks=[plateau, early], shuffle=False),
        steady(rng.randrange(2**31), epochs=20),
        steady(rng.randrange(2**31), epochs=40),
        phased(rng.randrange(2**31), epochs=20),
        iris(rng.randrange(2**31)),
    ]
    noisy = quick(rng.randrange(2**31), epochs=40, optimizer={"type": "Nadam", "learning_rate": 0.002})
    noisy["network"]["layers"][1:1] = [
        {"type": "GaussianNoise", "stddev": 0.1},
        {"type": "Dense", "units": 64, "activation": "selu", "kernel_initializer": "lecun_normal"},
        {"type": "AlphaDropout", "rate": 0.1},
        {"type": "BatchNormalization"},
    ]
    return [*specs, noisy]


def iris(seed: int) -> dict[str, Any]:
    """A job on a table."""
    spec = quick(seed, epochs=50, batch_size=8)
    spec["dataset"] = "iris"
    spec["network"] = {
        "layers": [{"type": "Dense", "units": 16, "activation": "tanh"}, {**SOFTMAX, "units": 3}],
    }
    return spec


def identity(spec: dict[str, Any]) -> str:
    """What two jobs have in common that must have the same epochs."""
    trained = {name: copy.deepcopy(spec[name]) for name in ("dataset", "network", "training")}
    return json.dumps(trained, sort_keys=True)
