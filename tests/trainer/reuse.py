"""A network whose hidden layers are reused in another one, as a trainer and as a whole service are shown to do it."""

from typing import Any

ADAM = {"type": "Adam", "learning_rate": 0.01}
SLOW = {"type": "SGD", "learning_rate": 0.001, "momentum": 0.9}
HIDDEN: list[dict[str, Any]] = [
    {"type": "Flatten"},
    {"type": "Dense", "units": 24, "activation": "relu", "name": "hidden_1"},
    {"type": "BatchNormalization", "name": "hidden_norm"},
    {"type": "Dropout", "rate": 0.2},
]
OLD = [*HIDDEN, {"type": "Dense", "units": 10, "activation": "softmax", "name": "old_head"}]
PHASES: list[dict[str, Any]] = [{"epochs": 2, "freeze": ["hidden_*"]}, {"epochs": 2, "optimizer": SLOW}]
