"""An LSTM of 64 units on series by ``model.fit``.

``python -m bench.peers.keras_series FILE`` prints the seconds and the logs of each epoch as JSON. The file is an NPZ of
``x`` (rows, steps, channels) and ``y`` (rows), the numbers of the classes.
"""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers

from bench.peers.epoch_clock import EpochClock

EPOCHS = 4


def main() -> None:
    """Trains as a user's script would."""
    with np.load(sys.argv[1]) as file:
        series, classes = file["x"], file["y"]
    keras.utils.set_random_seed(42)
    model = keras.Sequential(
        [
            layers.Input(series.shape[1:]),
            layers.LSTM(64),
            layers.Dense(5, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    clock = EpochClock()
    model.fit(series, classes, epochs=EPOCHS, batch_size=32, shuffle=False, verbose=0, callbacks=[clock])
    sys.stdout.write(json.dumps(clock.told()) + "\n")


if __name__ == "__main__":
    main()
