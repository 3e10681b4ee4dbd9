"""The row about a data set of a user's: the same images uploaded and built in, in the same job."""

import gzip
import io
import time
from datetime import datetime
from typing import Any

import numpy as np

from bench.datasets import DatasetUnreadable, sent
from bench.figures import Finding, Goal, Measure
from bench.service import Running, epoch_seconds, epochs_of, service, train
from bench.training import median_epoch
from install import fashion_mnist
from launch.calls import Calls

TURNS = 3
_BUILT_IN = "fashion_mnist"
_READ = {"target": {"column": "y", "type": "classes"}, "scaling": "unit"}
_SPLIT = {"column": {"column": "part", "training": "training", "test": "test"}}
_JOB: dict[str, Any] = {
    "network": {
        "layers": [
            {"type": "Flatten"},
            {"type": "Dense", "units": 128, "activation": "relu"},
            {"type": "Dense", "units": 10, "activation": "softmax"},
        ]
    },
    "training": {
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "epochs": 5,
        "batch_size": 128,
        "seed": 42,
    },
}


def epoch() -> list[Finding]:
    """Epochs on uploaded images beside those on the same built-in ones, and how soon a second job on them starts."""
    ours: list[float] = []
    built_in: list[float] = []
    starts: list[float] = []
    with service(NETCOACH_WORKER_SLOTS="1") as running:
        calls = running.calls
        dataset = {"name": _uploaded(running), **_READ, "split": _SPLIT}
        own, plain = _JOB | {"dataset": dataset}, _JOB | {"dataset": _BUILT_IN}
        train(calls, plain)
        train(calls, own)
        same = total = 0
        for _ in range(TURNS):
            time.sleep(0.5)  # idle
            plain_id, own_id = train(calls, plain)[0], train(calls, own)[0]
            built_in.append(1000 * median_epoch(epoch_seconds(calls, plain_id)))
            ours.append(1000 * median_epoch(epoch_seconds(calls, own_id)))
            starts.append(_milliseconds_to_start(calls, own_id))
            pairs = list(zip(_numbers(calls, own_id), _numbers(calls, plain_id), strict=True))
            same, total = same + sum(one == other for one, other in pairs), total + len(pairs)
    note = f"{same} of {total} numbers are the same to the bit"
    return [
        Finding(
            "an epoch on 60,000 uploaded images",
            Measure(ours, "ms"),
            Goal(1.03),
            "the same images, built in",
            Measure(built_in, "ms"),
            notes=[note],
        ),
        Finding(
            "a second job on the same data set: from its claim to the first training step",
            Measure(starts, "ms"),
            Goal(100, is_of_ratio=False),
        ),
    ]


def _uploaded(running: Running) -> str:
    """The id of a data set of the images as Keras saves them, once it has been read."""
    made = io.BytesIO()
    (x_train, y_train), (x_test, y_test) = images("train"), images("t10k")
    np.savez(made, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return sent(running, made.getvalue())


def images(part: str) -> tuple[np.ndarray, np.ndarray]:
    """The images of a part and their classes, as they are in the files."""
    folder = fashion_mnist.present()
    if folder is None:
        raise DatasetUnreadable("Fashion-MNIST is not on this machine: `make setup` brings it.")
    pixels, classes = (
        gzip.decompress((folder / f"{part}-{name}-ubyte.gz").read_bytes()) for name in ("images-idx3", "labels-idx1")
    )
    return np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 28, 28), np.frombuffer(classes, np.uint8, offset=8)


def _numbers(calls: Calls, job_id: str) -> list[float]:
    """All metrics of all epochs, and those of the stored weights."""
    epochs = [value for row in epochs_of(calls, job_id) for value in row["metrics"].values()]
    return [*epochs, *calls.get(f"/v1/jobs/{job_id}/results")["stored_metrics"].values()]


def _milliseconds_to_start(calls: Calls, job_id: str) -> float:
    """From the claim to the moment the first step begins."""
    attempt = calls.get(f"/v1/jobs/{job_id}/attempts")["data"][0]
    return 1000 * (_moment(attempt["started_at"]) - _moment(attempt["claimed_at"]))


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
