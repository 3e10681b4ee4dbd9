"""Where a step of the notebook's dropout network goes, on one thread, by TensorFlow's own profiler.

Prints microseconds a step by kind of work, as JSON. The kernels are timed one by one; what is left of the step, timed
without the profiler, is the executor's, which starts them.
"""

import json
import os
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
from tensorflow.tsl.profiler.protobuf import xplane_pb2

from bench.peers.fashion_mnist import load_training_rows
from bench.service import example
from spec.jobs import JobSpec
from worker.trainer.compilation.traced_functions import JobFunctions, TracedFunctions
from worker.trainer.epochs.built_state import build_state
from worker.trainer.epochs.compiled_steps import TrainingSteps, tensors_of
from worker.trainer.network.build import build_network, compile_model

TURNS = 3
EXECUTOR = "the executor"
KINDS = {
    "matrix products": r"MatMul",
    "dropout's random numbers and masks": r"/dropout",
    "the update of the weights": r"/sgd/",
}
"""Kinds of work by the names of their operations, the first that fits; all others are the rest of the kernels."""


def main() -> None:
    """Takes steps, times them, profiles them."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    spec = JobSpec.model_validate(example("notebook_dropout"))
    images, labels = load_training_rows()
    model = build_network(spec.network, images.shape[1:], 42)
    compile_model(model, spec.training)
    rows = tensors_of(images, labels)
    build_state(model, rows, spec.training.batch_size)
    steps = TrainingSteps(model, rows, spec.training.batch_size, JobFunctions(TracedFunctions(), None, list))
    order = tf.range(len(images), dtype=tf.int64)
    count = steps.steps_per_epoch
    steps.run(order, 0, count)
    seconds: list[float] = []
    for _ in range(TURNS):
        began = time.perf_counter()
        steps.run(order, 0, count)
        seconds.append(time.perf_counter() - began)
    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        steps.run(order, 0, count)
        tf.profiler.experimental.stop()
        (file,) = Path(folder).rglob("*.xplane.pb")
        kernels = _kernels(file)
    told = {name: microseconds / count for name, microseconds in kernels.items()}
    told[EXECUTOR] = min(seconds) / count * 1e6 - sum(told.values())
    sys.stdout.write(json.dumps(told) + "\n")


def _kernels(file: Path) -> Counter[str]:
    """Microseconds of all kernels of a profile, by kind. Their names are ``path:Operation``, and none holds another."""
    space: Any = xplane_pb2.XSpace()
    space.ParseFromString(file.read_bytes())
    spent: Counter[str] = Counter(dict.fromkeys([*KINDS, "other kernels"], 0))
    for plane in space.planes:
        for line in plane.lines:
            for event in line.events:
                name = plane.event_metadata[event.metadata_id].name
                if re.fullmatch(r"[\w/.]+/while/[\w/.]+:\w+|while/[\w/.]+:\w+", name):
                    kind = next((kind for kind, pattern in KINDS.items() if re.search(pattern, name)), "other kernels")
                    spent[kind] += event.duration_ps / 1e6
    return spent


if __name__ == "__main__":
    main()
