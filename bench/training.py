"""Rows about one training: the small job, its first step, its numbers, a network that only computes."""

import statistics
import time
from datetime import datetime
from typing import Any

from bench import programs
from bench.figures import Finding, Goal, Measure
from bench.service import epoch_seconds, epochs_of, example, service, train, train_all
from launch.calls import Calls

TURNS = 5
CONVOLUTION_TURNS = 2
CONVOLUTION: dict[str, Any] = {
    "name": "convolutional",
    "dataset": "fashion_mnist",
    "network": {
        "layers": [
            {"type": "Reshape", "target_shape": [28, 28, 1]},
            {"type": "Conv2D", "filters": 32, "kernel_size": [3, 3], "activation": "relu"},
            {"type": "MaxPooling2D", "pool_size": [2, 2]},
            {"type": "Conv2D", "filters": 64, "kernel_size": [3, 3], "activation": "relu"},
            {"type": "MaxPooling2D", "pool_size": [2, 2]},
            {"type": "Flatten"},
            {"type": "Dropout", "rate": 0.5},
            {"type": "Dense", "units": 10, "activation": "softmax"},
        ]
    },
    "training": {
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer": {"type": "Adam"},
        "epochs": 2,
        "batch_size": 128,
        "validation_split": 0.1,
        "seed": 42,
    },
}
"""As `bench.peers.keras_convolution`."""


def small_job() -> list[Finding]:
    """A script from a cold start beside a job sent to a warm service; their median epochs, the first left out."""
    ours: list[float] = []
    theirs: list[float] = []
    our_epochs: list[float] = []
    their_epochs: list[float] = []
    spec = example("digits")
    with service() as running:
        warm_up(running.calls, spec)
        for _ in range(TURNS):
            began = time.perf_counter()
            told = programs.run("bench.peers.keras_digits")
            theirs.append(time.perf_counter() - began)
            their_epochs.append(median_epoch(told["epoch_seconds"]) * 1000)
            job_id, seconds = train(running.calls, spec)
            ours.append(seconds)
            our_epochs.append(median_epoch(epoch_seconds(running.calls, job_id)) * 1000)
    whole = Finding(
        "one small job: digits, 20 epochs, submit to result",
        Measure(ours, "s"),
        Goal(0.15),
        "script with `model.fit`, cold",
        Measure(theirs, "s"),
    )
    epoch = Finding(
        "one epoch of the small job",
        Measure(our_epochs, "ms"),
        Goal(15, is_of_ratio=False),
        "`model.fit`",
        Measure(their_epochs, "ms"),
    )
    return [whole, epoch]


def first_step() -> list[Finding]:
    """From the job's creation to the moment its first step begins, on an idle worker that is warm."""
    ours: list[float] = []
    steps: list[float] = []
    with service() as running:
        calls = running.calls
        traced = max(first_step_milliseconds(calls, job_id) for job_id in warm_up(calls, example("digits")))
        for _ in range(TURNS):
            time.sleep(1)  # idle
            job_id, _ = train(calls, example("digits"))
            ours.append(milliseconds_to_first_step(calls, job_id))
            steps.append(first_step_milliseconds(calls, job_id))
    notes = [
        f"the first step itself: {Measure(steps, 'ms')}",
        f"for the first job of its form, which is compiled first: {traced:.0f} ms",
    ]
    goal = Goal(150, is_of_ratio=False)
    return [Finding("from POST to the first training step, warm and idle", Measure(ours, "ms"), goal, notes=notes)]


def numbers() -> list[Finding]:
    """Loss and accuracy of every epoch beside those of ``fit``, which takes its rows in the same order."""
    spec = example("notebook_dropout")
    spec["training"] |= {"epochs": 3, "validation_split": 0.0, "shuffle": False}
    told = programs.run("bench.peers.keras_notebook", "--in-order")
    with service(NETCOACH_WORKER_SLOTS="1") as running:
        rows = epochs_of(running.calls, train(running.calls, spec)[0])
    pairs = [
        (row["metrics"][name], value)
        for row, logs in zip(rows, told["logs"], strict=True)
        for name, value in logs.items()
    ]
    difference = max(abs(ours - theirs) / abs(theirs) for ours, theirs in pairs)
    note = f"{sum(ours == theirs for ours, theirs in pairs)} of {len(pairs)} numbers are the same to the bit"
    work = (
        "loss and accuracy of three epochs of the notebook's dropout network: greatest relative difference from `fit`"
    )
    return [Finding(work, Measure([difference], ""), Goal(1e-5, is_of_ratio=False), notes=[note])]


def convolution() -> list[Finding]:
    """Keras's example of a convolutional network, on all cores: there is little but computing in it."""
    ours: list[float] = []
    theirs: list[float] = []
    with service(NETCOACH_WORKER_SLOTS="1") as running:
        for _ in range(CONVOLUTION_TURNS):
            theirs.append(median_epoch(programs.run("bench.peers.keras_convolution")["epoch_seconds"]))
            ours.append(median_epoch(epoch_seconds(running.calls, train(running.calls, CONVOLUTION)[0])))
    return [
        Finding(
            "an epoch of a convolutional network, 54,000 images, all cores",
            Measure(ours, "s"),
            Goal(1.02),
            "`model.fit`, all cores",
            Measure(theirs, "s"),
        )
    ]


def warm_up(calls: Calls, spec: dict[str, Any]) -> list[str]:
    """Have every trainer end a job: until then it is not warm. Their ids."""
    slots = sum(worker["slots"] for worker in calls.get("/v1/workers")["data"])
    return train_all(calls, [spec] * slots)[0]


def milliseconds_to_first_step(calls: Calls, job_id: str) -> float:
    """From a job's creation to the moment its first step begins."""
    events: list[dict[str, Any]] = calls.get(f"/v1/jobs/{job_id}/events")["data"]
    at = {event["type"]: datetime.fromisoformat(event["at"]) for event in events}
    return (at["job.started"] - at["job.created"]).total_seconds() * 1000


def first_step_milliseconds(calls: Calls, job_id: str) -> float:
    """How long a job's first step took, with its tracing where it traced."""
    return calls.get(f"/v1/jobs/{job_id}/results")["timings"]["first_step_seconds"] * 1000


def median_epoch(seconds: list[float]) -> float:
    """The median of an epoch's seconds, the first left out: it traces."""
    return statistics.median(seconds[1:])
