"""Small jobs as trials of Keras Tuner, one after the other. Prints the seconds they took together as JSON.

As https://keras.io/keras_tuner/getting_started/ tells. Importing Keras is not counted.
"""

import json
import os
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import keras_tuner

from bench.peers.digits import arguments, build


def main() -> None:
    """Runs the trials."""
    trials = int(sys.argv[1])
    rows = arguments()

    def build_trial(parameters: keras_tuner.HyperParameters) -> keras.Model:
        return build(parameters.Int("seed", 0, trials - 1))

    with tempfile.TemporaryDirectory(prefix="keras-tuner-") as folder:
        began = time.perf_counter()
        tuner = keras_tuner.GridSearch(build_trial, objective="val_accuracy", max_trials=trials, directory=folder)
        tuner.search(**rows)
        seconds = time.perf_counter() - began
    if (done := len(tuner.oracle.get_best_trials(trials))) != trials:
        raise SystemExit(f"{done} of {trials} trials were completed")
    sys.stdout.write(json.dumps(seconds) + "\n")


if __name__ == "__main__":
    main()
