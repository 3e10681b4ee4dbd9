"""Specs that tests send."""

from typing import Any


def digits(**changes: object) -> dict[str, Any]:
    """A small sound job, with other top-level fields where ``changes`` says so."""
    return {
        "dataset": "digits",
        "network": {
            "layers": [
                {"type": "Flatten"},
                {"type": "Dense", "units": 16, "activation": "relu"},
                {"type": "Dense", "units": 10, "activation": "softmax"},
            ]
        },
        "training": {
            "loss": "sparse_categorical_crossentropy",
            "metrics": ["accuracy"],
            "optimizer": {"type": "SGD", "learning_rate": 0.01},
            "epochs": 3,
            "validation_split": 0.2,
        },
        **changes,
    }
