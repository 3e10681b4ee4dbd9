"""An LSTM of 64 units on 5,000 series of 50 steps: epochs by ``model.fit`` and by the engine, in turn, on one thread.

Prints as JSON what the epochs of each took. No data set of the service has such rows, so the engine is run by itself.
"""

import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from spec.networks.networks import NetworkSpec
from spec.training.training import TrainingSpec
from worker.trainer.compilation.traced_functions import JobFunctions, TracedFunctions
from worker.trainer.epochs.built_state import build_state
from worker.trainer.epochs.compiled_steps import TrainingSteps, tensors_of
from worker.trainer.network.build import build_network, compile_model

TURNS = 4
SERIES, STEPS, CHANNELS, CLASSES = 5000, 50, 1, 5
NETWORK = {
    "layers": [{"type": "LSTM", "units": 64}, {"type": "Dense", "units": CLASSES, "activation": "softmax"}],
}
TRAINING = {
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
    "optimizer": "adam",
    "epochs": 1,
    "batch_size": int(sys.argv[1]) if len(sys.argv) > 1 else 32,
}


def main() -> None:
    """Trains both ways; the first epoch of each traces, and is left out."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    generator = np.random.default_rng(0)
    features = generator.normal(size=(SERIES, STEPS, CHANNELS)).astype("float32")
    target = generator.integers(0, CLASSES, size=SERIES)
    network, training = NetworkSpec.model_validate(NETWORK), TrainingSpec.model_validate(TRAINING)
    theirs, ours = (build_network(network, (STEPS, CHANNELS), 42) for _ in range(2))
    for model in (theirs, ours):
        compile_model(model, training)
    rows = tensors_of(features, target)
    build_state(ours, rows, training.batch_size)
    steps = TrainingSteps(ours, rows, training.batch_size, JobFunctions(TracedFunctions(), None, list))
    order = tf.range(SERIES, dtype=tf.int64)
    spent: dict[str, list[float]] = {"fit": [], "engine": []}
    for _ in range(1 + TURNS):
        began = time.perf_counter()
        theirs.fit(features, target, batch_size=training.batch_size, shuffle=False, verbose=0)
        spent["fit"].append(time.perf_counter() - began)
        began = time.perf_counter()
        steps.run(order, 0, steps.steps_per_epoch)
        spent["engine"].append(time.perf_counter() - began)
    sys.stdout.write(json.dumps({name: seconds[1:] for name, seconds in spent.items()}) + "\n")


if __name__ == "__main__":
    main()
