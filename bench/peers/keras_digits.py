"""The small job as a plain Keras script: digits, five layers, Adam, 20 epochs. Prints what it took as JSON."""

import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from keras import layers
from sklearn.datasets import load_digits

TRAIN_ROWS = 1437
EPOCHS = 20


class EpochClock(keras.callbacks.Callback):
    """Takes the time of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._began = 0.0

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002 -- Keras's signature
        """Starts the clock."""
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002 -- Keras's signature
        """Stops it."""
        self.seconds.append(time.perf_counter() - self._began)


def main() -> None:
    """Trains as a user's script would."""
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype("float32")
    keras.utils.set_random_seed(0)
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
    clock = EpochClock()
    model.fit(
        images[:TRAIN_ROWS],
        labels[:TRAIN_ROWS],
        validation_data=(images[TRAIN_ROWS:], labels[TRAIN_ROWS:]),
        epochs=EPOCHS,
        batch_size=32,
        verbose=0,
        callbacks=[clock],
    )
    sys.stdout.write(json.dumps({"epoch_seconds": clock.seconds}) + "\n")


if __name__ == "__main__":
    main()
