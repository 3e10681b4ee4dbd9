"""For each rule a job that has the illness, and one that looks as if it had and does well or has another."""

from collections.abc import Mapping, Sequence
from typing import Any

from coach.evidence import Evidence
from tests.coach.made_evidence import CREEPING, DENSE, LEARNED, ONE, STUCK, TEN, WELL, Curves, evidence, layers, spec

_SIGMOID = {"type": "Dense", "units": 32, "activation": "sigmoid"}
_PENALIZED = DENSE | {"kernel_regularizer": {"type": "L2", "l2": 1.0}}
ZEROS = DENSE | {"kernel_initializer": "zeros"}
_LARGE = DENSE | {"kernel_initializer": {"type": "RandomNormal", "stddev": 3.0}}
_ONE_OF_TWO = {"type": "Dense", "units": 1, "activation": "sigmoid"}
_RAW = {"name": "digits", "scaling": "none"}
_BY_HEART: Curves = {
    "loss": [0.7, 0.3, 0.1, 0.03, 0.01, 0.005, 0.002, 0.001],
    "train_score": [0.5, 0.8, 0.95, 1, 1, 1, 1, 1],
    "val_loss": [0.7, 0.6, 0.55, 0.6, 0.7, 0.8, 0.9, 1.0],
    "score": [0.5, 0.6, 0.65, 0.65, 0.64, 0.64, 0.63, 0.63],
}
_JUMPING: Curves = {
    "loss": [2.0, 2.9, 1.7, 3.1, 1.9, 2.8, 1.8, 3.0],
    "score": [0.2, 0.1, 0.3, 0.1, 0.3, 0.2, 0.3, 0.1],
}
_ERRORS: Curves = {
    "loss": [0.9, 0.8, 0.75, 0.72, 0.71, 0.7, 0.7, 0.7],
    "score": [0.9, 0.85, 0.8, 0.78, 0.76, 0.75, 0.75, 0.75],
}


def sgd(rate: float, **more: object) -> dict[str, Any]:
    """A training with plain gradient descent."""
    return {"optimizer": {"type": "SGD", "learning_rate": rate}, **more}


def every(names: Sequence[str], **signals: float | Sequence[float]) -> dict[str, dict[str, Any]]:
    """The same signals of several layers."""
    return {name: dict(signals) for name in names}


_LEARNED_SCORE = [0.5, 0.7, 0.8, 0.88, 0.9, 0.92, 0.93, 0.94]
_LEARNED_LOSS = [1.5, 0.8, 0.5, 0.35, 0.25, 0.2, 0.17, 0.15]
_TWO = ("dense", "dense_1")
_ALL = (*_TWO, "dense_2")

CASES: Mapping[str, tuple[Evidence, Evidence]] = {
    "diverged": (
        evidence(spec(), [2.3, float("nan"), float("nan")], [0.1, 0.1, 0.1]),
        evidence(spec(), **LEARNED),
    ),
    "unscaled_inputs": (
        evidence(spec(dataset=_RAW), **STUCK, scale=100.0),
        evidence(spec(layers({"type": "BatchNormalization"}, DENSE), dataset=_RAW), **STUCK, scale=100.0),
    ),
    "output_units_mismatch": (
        evidence(spec(layers(DENSE, output=TEN | {"units": 14})), **STUCK),
        evidence(spec(layers(DENSE, output=TEN)), **STUCK),
    ),
    "wrong_loss": (
        evidence(spec(layers(DENSE), loss="mse", metrics=["accuracy"]), **STUCK),
        evidence(spec(layers(DENSE), loss="categorical_crossentropy"), **STUCK),
    ),
    "wrong_output_activation": (
        evidence(spec(layers(DENSE, output=TEN | {"activation": "relu"})), **STUCK),
        evidence(
            spec(
                layers(DENSE, output={"type": "Dense", "units": 10}),
                loss={"type": "SparseCategoricalCrossentropy", "from_logits": True},
            ),
            **STUCK,
        ),
    ),
    "missing_nonlinearity": (
        evidence(spec(layers(*[{"type": "Dense", "units": 32}] * 2)), **STUCK, reference={"linear": 0.5, "trees": 0.9}),
        evidence(spec(layers(*[{"type": "Dense", "units": 32}] * 2)), **STUCK, reference={"linear": 0.9, "trees": 0.9}),
    ),
    "poor_initialization": (
        evidence(spec(layers(_LARGE, _LARGE)), **STUCK),
        evidence(spec(layers(DENSE, DENSE, output=TEN | {"kernel_initializer": "zeros"})), **STUCK),
    ),
    "learning_rate_too_high": (
        evidence(spec(**sgd(30.0)), **STUCK, signals=every(_ALL, update_ratio=[0.9, *[0.0] * 7])),
        evidence(spec(**sgd(0.01)), **STUCK, signals=every(_ALL, update_ratio=0.01)),
    ),
    "learning_rate_too_low": (
        evidence(spec(**sgd(1e-6)), **CREEPING, signals=every(_ALL, update_ratio=1e-6)),
        evidence(spec(**sgd(0.01)), **CREEPING, signals=every(_ALL, update_ratio=4e-3)),
    ),
    "too_much_dropout": (
        evidence(spec(layers(DENSE, {"type": "Dropout", "rate": 0.9}, DENSE)), **STUCK),
        evidence(spec(layers(DENSE, {"type": "Dropout", "rate": 0.3}, DENSE)), **STUCK),
    ),
    "too_much_regularization": (
        evidence(
            spec(layers(_PENALIZED, _PENALIZED)),
            [20.0, 5.0, 2.5, 2.4, 2.31, 2.31, 2.31, 2.31],
            [0.1] * 8,
            start_loss=74.3,
            signals=every(_TWO, weight_norm=[4.0, 1.5, 0.4, 0.2, 0.1, 0.1, 0.1, 0.1]),
        ),
        evidence(spec(layers(DENSE | {"kernel_regularizer": {"type": "L2", "l2": 1e-5}}, DENSE)), **STUCK),
    ),
    "class_imbalance": (
        evidence(
            spec(layers(DENSE, output=_ONE_OF_TWO), "breast_cancer", loss="binary_crossentropy"),
            [0.3, 0.2, 0.19, 0.18, 0.17, 0.17, 0.17, 0.17],
            [0.95] * 8,
            class_rows=(950, 50),
            reference={"linear": 0.99},
            guess=0.95,
        ),
        evidence(
            spec(layers(DENSE, output=_ONE_OF_TWO), "breast_cancer", loss="binary_crossentropy"),
            [0.6, 0.5, 0.49, 0.48, 0.47, 0.47, 0.47, 0.47],
            [0.6] * 8,
            class_rows=(600, 400),
            guess=0.6,
        ),
    ),
    "batch_too_large": (
        evidence(spec(batch_size=1024), **CREEPING),
        evidence(spec(batch_size=32), **CREEPING),
    ),
    "too_few_epochs": (
        evidence(spec(), [2.3, 2.2, 2.0, 1.8, 1.6, 1.4, 1.2, 1.0], [0.1, 0.12, 0.2, 0.3, 0.4, 0.45, 0.5, 0.55]),
        evidence(spec(), **STUCK),
    ),
    "dead_units": (
        evidence(spec(), **STUCK, signals={"dense": {"dead_fraction": [0.1, 0.4, *[1.0] * 6]}}),
        evidence(spec(), **LEARNED, signals={"dense": {"dead_fraction": 0.6}}),
    ),
    "saturated_activations": (
        evidence(spec(layers(_SIGMOID, _SIGMOID)), **STUCK, signals={"dense": {"saturated_fraction": 0.95}}),
        evidence(spec(layers(_SIGMOID, _SIGMOID)), **STUCK, signals={"dense_2": {"saturated_fraction": 0.95}}),
    ),
    "vanishing_gradients": (
        evidence(spec(layers(*[_SIGMOID] * 2)), **STUCK, signals={"dense": {"gradient_norm": 1e-6}}),
        evidence(spec(layers(*[_SIGMOID] * 2)), **STUCK, signals={"dense": {"gradient_norm": 0.02}}),
    ),
    "exploding_gradients": (
        evidence(spec(layers(_LARGE, _LARGE), **sgd(0.01)), **STUCK, start_signals={"dense": {"gradient_norm": 1e5}}),
        evidence(spec(), **STUCK, start_signals={"dense": {"gradient_norm": 40.0}}),
    ),
    "oscillating_loss": (
        evidence(spec(), **_JUMPING),
        evidence(spec(), [2.3, 2.2, 2.21, 2.2, 2.19, 2.2, 2.19, 2.2], [0.1] * 8),
    ),
    "slow_convergence": (
        evidence(spec(), **CREEPING),
        evidence(spec(), **STUCK),
    ),
    "overfitting": (
        evidence(spec(), **_BY_HEART),
        evidence(spec(), _LEARNED_LOSS, _LEARNED_SCORE, train_score=[0.5, 0.7, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98]),
    ),
    "underfitting": (
        evidence(
            spec(layers(DENSE, output=ONE), "diabetes", loss="mse", metrics=["mse"]),
            **_ERRORS,
            metric="mse",
            deviation=1.0,
            reference={"trees": 0.8},
        ),
        evidence(
            spec(layers(DENSE, output=ONE), "diabetes", loss="mse", metrics=["mse"]),
            **_ERRORS,
            metric="mse",
            deviation=1.0,
            reference={"trees": 0.25},
        ),
    ),
    "label_noise_or_leak": (
        evidence(spec(), [0.01] * 3, [0.999] * 3),
        evidence(spec(), **LEARNED),
    ),
    "not_learning": (
        evidence(spec(), **STUCK),
        evidence(spec(), **LEARNED),
    ),
}
"""The first has it; of the second the rule must not raise an alarm (nor a hint, if it never says more)."""

HEALTHY_LOOKING: Mapping[str, Evidence] = {
    "raw inputs": evidence(spec(dataset=_RAW), **LEARNED, scale=100.0),
    "a high rate": evidence(spec(**sgd(1.0)), **LEARNED, signals=every(_ALL, update_ratio=0.3)),
    "a low rate": evidence(spec(**sgd(1e-6)), **LEARNED, signals=every(_ALL, update_ratio=1e-6)),
    "half of the units dropped twice": evidence(
        spec(layers(*[DENSE, {"type": "Dropout", "rate": 0.6}] * 2)), **LEARNED
    ),
    "zeros": evidence(spec(layers(ZEROS, ZEROS)), **LEARNED),
    "dead units": evidence(spec(), **LEARNED, signals=every(_TWO, dead_fraction=0.95)),
    "no gradient": evidence(spec(), **LEARNED, signals={"dense": {**WELL, "gradient_norm": 0.0}}),
    "squared errors of classes": evidence(spec(loss="mse", metrics=["accuracy"]), **LEARNED),
    "a single step an epoch": evidence(spec(batch_size=2048), **LEARNED),
    "no activations": evidence(spec(layers(*[{"type": "Dense", "units": 32}] * 2)), **LEARNED),
}
"""Networks that learn well, whatever is odd about them."""
