"""The row about memory: a trainer's after many jobs of all kinds beside its own after the first few. Takes minutes."""

import random
from collections.abc import Callable
from typing import Any

import psutil

from bench.figures import Finding, Goal, Measure
from bench.service import service, train_all

JOBS = 500
FIRST = 20
_AT_ONCE = 5
"""Jobs sent together, so that the trainer does not wait for the next."""
_SEED = 0
_MEBIBYTE = 1 << 20

_CLASSES = {"digits": 10, "iris": 3, "wine": 3, "breast_cancer": 2}
_OPTIMIZERS = ["SGD", "Adam", "RMSprop", "Adagrad", "Nadam", "AdamW"]
_ACTIVATIONS = ["relu", "elu", "tanh", "selu", "gelu"]


def mixed_jobs() -> list[Finding]:
    """Resident memory of one trainer that is never replaced."""
    specs = mixed_specs(JOBS)
    megabytes: list[float] = []
    kept = {"NETCOACH_TRAINER_MAX_JOBS": str(10 * JOBS), "NETCOACH_TRAINER_MAX_RSS_BYTES": str(1 << 36)}
    pids: set[int] = set()
    with service(NETCOACH_WORKER_SLOTS="1", **kept) as running:
        for start in range(0, JOBS, _AT_ONCE):
            train_all(running.calls, specs[start : start + _AT_ONCE])
            trainer = trainer_of(running.pid)
            pids.add(trainer.pid)
            megabytes.append(trainer.memory_info().rss / _MEBIBYTE)
    after_first, after_all = megabytes[FIRST // _AT_ONCE - 1], megabytes[-1]
    notes = [f"peak: {max(megabytes):,.0f} MiB"]
    if len(pids) > 1:
        notes.append(f"the worker replaced the trainer {len(pids) - 1} times")
    return [
        Finding(
            f"memory of a trainer after {JOBS} jobs of all kinds",
            Measure([after_all], "MiB"),
            Goal(1.3),
            f"after {FIRST}",
            Measure([after_first], "MiB"),
            notes,
        )
    ]


def mixed_specs(count: int) -> list[dict[str, Any]]:
    """Job specs that differ in data set, network, optimizer and batch size; the same ones each time."""
    chance = random.Random(_SEED)  # noqa: S311 -- nothing is secret about it
    return [_spec(chance, number) for number in range(count)]


def _spec(chance: random.Random, number: int) -> dict[str, Any]:
    dataset = chance.choice(sorted(_CLASSES))
    hidden: list[dict[str, Any]] = [] if dataset != "digits" else _first_layers(chance)
    for _ in range(chance.randint(1, 3)):
        hidden.append({"type": "Dense", "units": chance.randint(8, 128), "activation": chance.choice(_ACTIVATIONS)})
        hidden += chance.choice(_BETWEEN)(chance)
    return {
        "name": f"mixed {number}",
        "dataset": dataset,
        "network": {"layers": [*hidden, {"type": "Dense", "units": _CLASSES[dataset], "activation": "softmax"}]},
        "training": {
            "loss": "sparse_categorical_crossentropy",
            "metrics": ["accuracy"],
            "optimizer": {"type": chance.choice(_OPTIMIZERS), "learning_rate": 10 ** chance.uniform(-4, -2)},
            "epochs": 2,
            "batch_size": chance.choice([16, 32, 64]),
            "validation_split": 0.2,
            "seed": number,
        },
    }


def _first_layers(chance: random.Random) -> list[dict[str, Any]]:
    if chance.random() < 0.5:  # noqa: PLR2004 -- as often the one as the other
        return [{"type": "Flatten"}]
    filters = chance.choice([4, 8, 16])
    return [
        {"type": "Reshape", "target_shape": [8, 8, 1]},
        {"type": "Conv2D", "filters": filters, "kernel_size": [3, 3], "activation": "relu"},
        {"type": "Flatten"},
    ]


_BETWEEN: list[Callable[[random.Random], list[dict[str, Any]]]] = [
    lambda _: [],
    lambda _: [{"type": "BatchNormalization"}],
    lambda chance: [{"type": "Dropout", "rate": round(chance.uniform(0.1, 0.5), 3)}],
]


def trainer_of(pid: int) -> psutil.Process:
    """The trainer that works: the eldest of this launcher's."""
    trainers = [each for each in psutil.Process(pid).children(recursive=True) if "worker.trainer" in each.cmdline()]
    return min(trainers, key=lambda each: each.create_time())
