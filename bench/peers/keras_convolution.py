"""Keras's own example of a convolutional network for small images, on Fashion-MNIST, by ``model.fit``.

After https://keras.io/examples/vision/mnist_convnet/, with fewer epochs. Prints what each epoch took as JSON.
"""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers

from bench.peers.epoch_clock import EpochClock
from bench.peers.fashion_mnist import load_training_rows

EPOCHS = 2


def main() -> None:
    """Trains as the example does."""
    images, labels = load_training_rows()
    keras.utils.set_random_seed(42)
    model = keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    clock = EpochClock()
    model.fit(
        np.expand_dims(images, -1),
        labels,
        batch_size=128,
        epochs=EPOCHS,
        validation_split=0.1,
        verbose=0,
        callbacks=[clock],
    )
    sys.stdout.write(json.dumps(clock.told()) + "\n")


if __name__ == "__main__":
    main()
