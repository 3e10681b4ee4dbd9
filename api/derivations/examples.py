"""Examples of derivations; a test sends every one of them."""

from typing import Any

DERIVATIONS: dict[str, dict[str, Any]] = {
    "learning_rate": {
        "summary": "Another learning rate, and more epochs",
        "value": {
            "patch": [
                {"op": "add", "path": "/name", "value": "slower, longer"},
                {"op": "replace", "path": "/training/optimizer", "value": {"type": "Adam", "learning_rate": 0.0003}},
                {"op": "replace", "path": "/training/epochs", "value": 10},
            ]
        },
    },
    "dropout": {
        "summary": "One more layer, provided that the layer before it is as expected",
        "value": {
            "patch": [
                {"op": "test", "path": "/network/layers/1/type", "value": "Dense"},
                {"op": "add", "path": "/network/layers/2", "value": {"type": "Dropout", "rate": 0.2}},
            ]
        },
    },
    "technique": {
        "summary": "A technique by its name, with a parameter",
        "value": {"technique": "l2_regularization", "parameters": {"l2": 0.01}},
    },
}
