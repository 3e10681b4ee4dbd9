"""Examples of jobs, and of their changes; a test sends every one of them."""

from typing import Any

NOTEBOOK_LAYERS: list[dict[str, Any]] = [
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
            "network": {"layers": NOTEBOOK_LAYERS},
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

JOB_CHANGES: dict[str, dict[str, Any]] = {
    "rename": {
        "summary": "Rename the job, add one metadata pair and remove another",
        "value": {"name": "the one we ship", "metadata": {"stage": "released", "candidate": None}},
    },
}
