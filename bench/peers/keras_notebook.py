"""The notebook's dropout network by ``model.fit`` on 60,000 images.

Prints the seconds and the logs of each epoch as JSON. With ``--in-order`` it does not shuffle.
"""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from keras import layers

from bench.peers.epoch_clock import EpochClock
from bench.peers.fashion_mnist import load_training_rows

EPOCHS = 3


def main() -> None:
    """Trains as a user's script would."""
    images, labels = load_training_rows()
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
    is_shuffled = "--in-order" not in sys.argv
    model.fit(images, labels, epochs=EPOCHS, batch_size=32, shuffle=is_shuffled, verbose=0, callbacks=[clock])
    sys.stdout.write(json.dumps(clock.told()) + "\n")


if __name__ == "__main__":
    main()
