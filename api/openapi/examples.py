"""The examples of the OpenAPI document; a test sends every one of them."""

from typing import Any

_NOTEBOOK_LAYERS: list[dict[str, Any]] = [
    {"type": "Flatten"},
    {"type": "BatchNormalization"},
    {"type": "Dense", "units": 300, "activation": "elu", "kernel_initializer": "he_normal"},
    {"type": "BatchNormalization"},
    {"type": "Dense", "units": 100, "activation": "elu", "kernel_initializer": "he_normal"},
    {"type": "BatchNormalization"},
    {"type": "Dense", "units": 10, "activation": "softmax"},
]

JOBS: dict[str, dict[str, Any]] = {
    "digits": {
        "summary": "A small network on scikit-learn's digits",
        "value": {
            "dataset": "digits",
            "network": {
                "layers": [
                    {"type": "Flatten"},
                    {"type": "Dense", "units": 32, "activation": "relu"},
                    {"type": "Dense", "units": 10, "activation": "softmax"},
                ]
            },
            "training": {
                "loss": "sparse_categorical_crossentropy",
                "metrics": ["accuracy"],
                "optimizer": "adam",
                "epochs": 5,
                "validation_split": 0.2,
            },
        },
    },
    "batch_normalization": {
        "summary": "Batch normalization after the activation, on Fashion-MNIST",
        "value": {
            "name": "notebook, batch normalization",
            "dataset": "fashion_mnist",
            "network": {"layers": _NOTEBOOK_LAYERS},
            "training": {
                "loss": "sparse_categorical_crossentropy",
                "metrics": ["accuracy"],
                "optimizer": {"type": "SGD", "learning_rate": 0.01, "momentum": 0.9, "nesterov": True},
                "epochs": 5,
                "batch_size": 32,
                "validation_split": 0.1,
                "shuffle": True,
                "seed": 42,
                "callbacks": [
                    {"type": "EarlyStopping", "monitor": "val_loss", "patience": 5, "restore_best_weights": True}
                ],
            },
            "resources": {"accelerator": "any", "priority": 0, "max_runtime_seconds": 3600, "max_attempts": 3},
            "metadata": {"team": "vision"},
        },
    },
    "defaults_and_schedule": {
        "summary": "Default arguments for every Dense layer, and a learning rate that decays by epoch",
        "value": {
            "dataset": {"name": "digits", "scaling": "unit"},
            "network": {
                "defaults": {
                    "Dense": {
                        "activation": "elu",
                        "kernel_initializer": "he_normal",
                        "kernel_regularizer": {"type": "L2", "l2": 0.01},
                    }
                },
                "layers": [
                    {"type": "Flatten"},
                    {"type": "Dense", "units": 64},
                    {"type": "Dense", "units": 32},
                    {"type": "Dense", "units": 10, "activation": "softmax", "kernel_initializer": "glorot_uniform"},
                ],
            },
            "training": {
                "loss": "sparse_categorical_crossentropy",
                "metrics": ["accuracy"],
                "optimizer": {
                    "type": "SGD",
                    "learning_rate": {
                        "type": "ExponentialDecay",
                        "initial_learning_rate": 0.01,
                        "decay_steps": 20,
                        "decay_rate": 0.1,
                        "unit": "epoch",
                    },
                    "momentum": 0.9,
                },
                "epochs": 20,
                "validation_split": 0.2,
            },
        },
    },
    "graph": {
        "summary": "Two branches that are added together, on tabular data",
        "value": {
            "dataset": "wine",
            "network": {
                "layers": [
                    {"type": "Dense", "name": "deep", "units": 16, "activation": "relu"},
                    {"type": "Dense", "name": "deeper", "units": 16, "activation": "relu"},
                    {"type": "Dense", "name": "wide", "units": 16, "inputs": ["input"]},
                    {"type": "Add", "inputs": ["deeper", "wide"]},
                    {"type": "Dense", "units": 3, "activation": "softmax"},
                ]
            },
            "training": {"loss": "sparse_categorical_crossentropy", "optimizer": "adam", "epochs": 10},
        },
    },
}

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
}

JOB_CHANGES: dict[str, dict[str, Any]] = {
    "rename": {
        "summary": "Rename the job, add one metadata pair and remove another",
        "value": {"name": "the one we ship", "metadata": {"stage": "released", "candidate": None}},
    },
}

WEBHOOKS: dict[str, dict[str, Any]] = {
    "failures": {
        "summary": "Notify about jobs that did not succeed",
        "value": {
            "url": "https://hooks.example.com/netcoach",
            "events": ["job.failed", "job.cancelled"],
            "description": "The team's channel",
        },
    },
}

WEBHOOK_CHANGES: dict[str, dict[str, Any]] = {
    "off": {"summary": "Disable the webhook", "value": {"is_enabled": False}},
}

INSPECTIONS: dict[str, dict[str, Any]] = {
    "input_shape": {
        "summary": "A network for images of 28 x 28 pixels",
        "value": {"network": {"layers": _NOTEBOOK_LAYERS}, "input_shape": [28, 28]},
    },
    "dataset": {
        "summary": "A network for a data set",
        "value": {
            "network": {"layers": [{"type": "Dense", "units": 3, "activation": "softmax"}]},
            "dataset": "iris",
        },
    },
}

KEYS: dict[str, dict[str, Any]] = {
    "submit": {
        "summary": "A key that can submit jobs and expires after 90 days",
        "value": {"name": "training script", "scopes": ["submit"], "expires_in_seconds": 7_776_000},
    },
}
