"""Good job specs for tests to start from."""

import copy
from typing import Any

from spec.check import CheckedJob, check_job
from spec.datasets import BUILT_IN

MEMORY_BYTES = 4 * 2**30

NOTEBOOK: list[dict[str, Any]] = [
    {"type": "Flatten"},
    {"type": "BatchNormalization"},
    {"type": "Dense", "units": 300, "activation": "elu", "kernel_initializer": "he_normal"},
    {"type": "BatchNormalization"},
    {"type": "Dense", "units": 100, "activation": "elu", "kernel_initializer": "he_normal"},
    {"type": "BatchNormalization"},
    {"type": "Dense", "units": 10, "activation": "softmax"},
]

_TRAINING = {
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
    "optimizer": {"type": "SGD", "learning_rate": 0.01, "momentum": 0.9, "nesterov": True},
    "epochs": 5,
    "batch_size": 32,
    "validation_split": 0.1,
    "shuffle": True,
    "seed": 42,
    "callbacks": [{"type": "EarlyStopping", "monitor": "val_loss", "patience": 5, "restore_best_weights": True}],
}


def job(
    dataset: object = "fashion_mnist", layers: list[dict[str, Any]] | None = None, **training: object
) -> dict[str, Any]:
    """The notebook's job, with another data set, other layers or another training; ``...`` leaves a field out."""
    said = {**copy.deepcopy(_TRAINING), **training}
    return {
        "dataset": dataset,
        "network": {"layers": copy.deepcopy(NOTEBOOK) if layers is None else layers},
        "training": {name: value for name, value in said.items() if value is not ...},
    }


def check(body: object, *, memory_bytes: int = MEMORY_BYTES) -> CheckedJob:
    """The check of a job on the built-in data sets."""
    return check_job(body, facts_of=BUILT_IN.get, max_memory_bytes=memory_bytes)
