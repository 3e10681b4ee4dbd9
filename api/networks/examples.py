"""Examples of networks to be summarized; a test sends every one of them."""

from typing import Any

from api.jobs.examples import NOTEBOOK_LAYERS

INSPECTIONS: dict[str, dict[str, Any]] = {
    "input_shape": {
        "summary": "A network for images of 28 x 28 pixels",
        "value": {"network": {"layers": NOTEBOOK_LAYERS}, "input_shape": [28, 28]},
    },
    "input_shapes": {
        "summary": "A network with two inputs",
        "value": {
            "network": {
                "layers": [
                    {"type": "Flatten", "inputs": ["picture"], "name": "pixels"},
                    {"type": "Concatenate", "inputs": ["table", "pixels"]},
                    {"type": "Dense", "units": 3, "activation": "softmax"},
                ]
            },
            "input_shape": {"table": [4], "picture": [28, 28]},
        },
    },
    "dataset": {
        "summary": "A network for a data set",
        "value": {
            "network": {"layers": [{"type": "Dense", "units": 3, "activation": "softmax"}]},
            "dataset": "iris",
        },
    },
    "training": {
        "summary": "A network and its training, with what each phase trains",
        "value": {
            "network": {
                "layers": [
                    {"type": "Dense", "units": 16, "activation": "relu", "name": "hidden"},
                    {"type": "Dense", "units": 3, "activation": "softmax", "name": "head"},
                ]
            },
            "dataset": "iris",
            "training": {
                "loss": "sparse_categorical_crossentropy",
                "optimizer": "adam",
                "phases": [{"epochs": 5, "freeze": ["hidden"]}, {"epochs": 20}],
            },
        },
    },
}
