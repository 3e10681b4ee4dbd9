"""The small job as its users write it: digits, five layers, Adam, 20 epochs."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers
from sklearn.datasets import load_digits

TRAIN_ROWS = 1437
EPOCHS = 20


def fit(seed: int, callbacks: Sequence[keras.callbacks.Callback] = ()) -> dict[str, list[float]]:
    """Trains the network; its history."""
    rows = arguments()
    return build(seed).fit(**rows, callbacks=list(callbacks)).history


def arguments() -> dict[str, Any]:
    """What ``fit`` is given, whoever calls it: the rows, and how it goes through them."""
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype("float32")
    return {
        "x": images[:TRAIN_ROWS],
        "y": labels[:TRAIN_ROWS],
        "validation_data": (images[TRAIN_ROWS:], labels[TRAIN_ROWS:]),
        "epochs": EPOCHS,
        "batch_size": 32,
        "verbose": 0,
    }


def build(seed: int) -> keras.Model:
    """The network, ready to train."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            layers.Input((64,)),
            layers.Dense(64, activation="elu", kernel_initializer="he_normal"),
            layers.BatchNormalization(),
            layers.Dense(32, activation="elu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
