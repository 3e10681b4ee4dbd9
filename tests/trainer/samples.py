"""Trainings that several tests run: rows, networks, and arguments of every optimizer and schedule."""

import numpy as np

from tests.trainer.parity import Rows, rows_of
from tests.trainer.plain_keras import Spec

SHAPE = (6,)
ROWS, VALIDATION = rows_of(SHAPE), rows_of(SHAPE, rows=20, seed=2)
EVEN = rows_of(SHAPE, rows=64)
"""Two batches of one size: where the size of the last one is not what a test is about, only one program is traced."""

DISTURBED: list[Spec] = [
    {"type": "Dense", "units": 8, "activation": "elu", "kernel_regularizer": {"type": "L2", "l2": 0.01}},
    {"type": "BatchNormalization"},
    {"type": "Dropout", "rate": 0.2},
    {"type": "Dense", "units": 3, "activation": "softmax"},
]
"""A network in which every random draw and every moving average would show."""

PLAIN: list[Spec] = [
    {"type": "Dense", "units": 8, "activation": "tanh"},
    {"type": "Dense", "units": 3, "activation": "softmax"},
]

BRANCHES: list[Spec] = [
    {"type": "Dense", "units": 6, "activation": "elu", "name": "first"},
    {"type": "Dropout", "rate": 0.2},
    {"type": "Dense", "units": 6, "name": "deep", "kernel_initializer": {"type": "HeNormal"}},
    {"type": "Add", "inputs": ["first", "deep", "input"]},
    {"type": "LayerNormalization", "name": "normalized"},
    {"type": "Concatenate", "inputs": ["normalized", "input"]},
    {"type": "Dense", "units": 3, "activation": "softmax"},
]
"""A network that adds up branches, one of which is its input."""


def digits_layers(units: int, activation: str, rate: float) -> list[Spec]:
    """A network for digits with a hidden layer of so many units, and so much dropout."""
    return [
        {"type": "Flatten"},
        {"type": "Dense", "units": units, "activation": activation},
        {"type": "BatchNormalization"},
        {"type": "Dropout", "rate": rate},
        {"type": "Dense", "units": 10, "activation": "softmax"},
    ]


OPTIMIZERS: dict[str, Spec] = {
    "SGD": {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    "RMSprop": {"learning_rate": 0.01, "rho": 0.8, "momentum": 0.5, "centered": True},
    "Adam": {"learning_rate": 0.01, "amsgrad": True, "global_clipnorm": 0.1},
    "AdamW": {"learning_rate": 0.01, "weight_decay": 0.1},
    "Adamax": {"learning_rate": 0.01, "clipnorm": 0.1},
    "Nadam": {"learning_rate": 0.01, "use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 2},
    "Lamb": {"learning_rate": 0.01},
    "Adadelta": {"learning_rate": 1.0},
    "Adagrad": {"learning_rate": 0.1, "clipvalue": 0.05},
    "Adafactor": {"learning_rate": 0.1},
    "Ftrl": {"learning_rate": 0.1, "l1_regularization_strength": 0.001},
    "Lion": {"learning_rate": 0.001, "gradient_accumulation_steps": 2},
    "Muon": {"learning_rate": 0.01},
    "ScheduleFreeAdamW": {"learning_rate": 0.01, "use_ema": True},
}

SCHEDULES: dict[str, Spec] = {
    "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5, "staircase": True},
    "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 1, "decay_rate": 0.2},
    "PiecewiseConstantDecay": {"boundaries": [1, 3], "values": [0.1, 0.05, 0.01]},
    "PolynomialDecay": {"initial_learning_rate": 0.1, "decay_steps": 4, "power": 2.0, "cycle": True},
    "CosineDecay": {"initial_learning_rate": 0.0, "decay_steps": 6, "warmup_target": 0.1, "warmup_steps": 2},
    "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 2},
}

SOFTMAX: Spec = {"type": "Dense", "units": 3, "activation": "softmax"}

NOISY: list[Spec] = [
    {"type": "Dense", "units": 8, "activation": "selu"},
    {"type": "AlphaDropout", "rate": 0.2},
    {"type": "GaussianNoise", "stddev": 0.1},
    {"type": "BatchNormalization", "renorm": True},
    {"type": "GaussianDropout", "rate": 0.2},
    {"type": "Dropout", "rate": 0.2, "seed": 5},
    SOFTMAX,
]
"""What draws numbers and what keeps a state, in one network."""

NAMED_LAYERS: list[Spec] = [
    {"type": "Flatten", "inputs": ["picture"]},
    {"type": "Dense", "units": 6, "activation": "elu", "name": "seen"},
    {"type": "Dense", "units": 4, "activation": "tanh", "inputs": ["table"]},
    {"type": "BatchNormalization", "name": "known"},
    {"type": "Concatenate", "inputs": ["seen", "known"]},
    {"type": "Dropout", "rate": 0.2},
    {"type": "Dense", "units": 3, "activation": "softmax"},
]
"""A network of two inputs that are named, as `named` makes rows of them."""


def named(rows: int, seed: int = 1, *, has_weights: bool = True) -> Rows:
    """Rows of two inputs, whose names are not in the order of the alphabet; of which some weigh nothing."""
    features, target = rows_of((10,), rows=rows, seed=seed)
    inputs = {"table": features[:, :4].copy(), "picture": features[:, 4:].reshape(-1, 3, 2).copy()}
    if not has_weights:
        return inputs, target
    weights = np.random.default_rng(seed).choice([0.0, 0.5, 1.0, 3.25], rows).astype("float32")
    return inputs, target, weights
