"""The notebook's dropout network by ``model.fit`` on 60,000 images. Prints the seconds of each epoch as JSON."""

import gzip
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers

from bench.peers.keras_digits import EpochClock

FOLDER = Path("/usr/share/datasets/fashion-mnist")
EPOCHS = 3


def main() -> None:
    """Trains as a user's script would."""
    with gzip.open(FOLDER / "train-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28).astype("float32") / 255
    with gzip.open(FOLDER / "train-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8).astype("int64")
    keras.utils.set_random_seed(42)
    model = keras.Sequential(
        [
            layers.Input((28, 28)),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(300, activation="elu", kernel_initializer="he_normal"),
            layers.Dropout(0.2),
            layers.Dense(100, activation="elu", kernel_initializer="he_normal"),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    clock = EpochClock()
    model.fit(images, labels, epochs=EPOCHS, batch_size=32, verbose=0, callbacks=[clock])
    sys.stdout.write(json.dumps({"epoch_seconds": clock.seconds}) + "\n")


if __name__ == "__main__":
    main()
