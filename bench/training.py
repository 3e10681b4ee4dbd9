"""Rows about training: one small job, one epoch, the notebook's network, the first step."""

import json
import statistics
import subprocess
import sys
import time
from datetime import datetime
from typing import Any

from bench.figures import Finding, Measure
from bench.service import ROOT, epoch_seconds, example, service, train
from launch.calls import Calls

TURNS = 5
NOTEBOOK_TURNS = 3


def small_job() -> Finding:
    """A script from a cold start beside a job sent to a warm service."""
    ours: list[float] = []
    theirs: list[float] = []
    spec = example("digits")
    with service(NETCOACH_WORKER_SLOTS="1") as url:
        calls = Calls(url)
        train(calls, spec)  # until its first job has ended, the worker is not warm
        for _ in range(TURNS):
            theirs.append(_peer("bench.peers.keras_digits")[1])
            ours.append(train(calls, spec)[1])
    return Finding(
        "one small job: digits, 20 epochs, submit to result",
        Measure(ours, "s"),
        "≤ 0.15 x the cold script",
        "script with `model.fit`, cold",
        Measure(theirs, "s"),
    )


def epoch() -> Finding:
    """The median epoch of the small job, the first left out: it traces."""
    ours: list[float] = []
    theirs: list[float] = []
    with service(NETCOACH_WORKER_SLOTS="1") as url:
        calls = Calls(url)
        train(calls, example("digits"))
        for _ in range(TURNS):
            theirs.append(_median_ms(_peer("bench.peers.keras_digits")[0]))
            ours.append(_median_ms(epoch_seconds(calls, train(calls, example("digits"))[0])))
    return Finding(
        "one epoch of the small job",
        Measure(ours, "ms"),
        "≤ 15 ms",
        "`model.fit`",
        Measure(theirs, "ms"),
    )


def notebook() -> Finding:
    """An epoch of the notebook's dropout network on all 60,000 images, the first left out."""
    ours: list[float] = []
    theirs: list[float] = []
    spec = example("notebook_dropout")
    spec["training"] |= {"epochs": 3, "validation_split": 0.0}
    with service() as url:
        calls = Calls(url)
        for _ in range(NOTEBOOK_TURNS):
            theirs.append(_median_ms(_peer("bench.peers.keras_notebook")[0]) / 1000)
            ours.append(_median_ms(epoch_seconds(calls, train(calls, spec)[0])) / 1000)
    return Finding(
        "an epoch of the notebook's dropout network, 60,000 images",
        Measure(ours, "s"),
        "≤ 0.45 x `fit`",
        "`model.fit`, all cores",
        Measure(theirs, "s"),
    )


def first_step() -> Finding:
    """From the job's creation to the moment its first step begins, on an idle worker that is warm."""
    ours: list[float] = []
    steps: list[float] = []
    with service(NETCOACH_WORKER_SLOTS="1") as url:
        calls = Calls(url)
        train(calls, example("digits"))
        for _ in range(TURNS):
            time.sleep(1)  # idle
            job_id, _ = train(calls, example("digits"))
            events: list[dict[str, Any]] = calls.get(f"/v1/jobs/{job_id}/events")["data"]
            at = {event["type"]: datetime.fromisoformat(event["at"]) for event in events}
            ours.append((at["job.started"] - at["job.created"]).total_seconds() * 1000)
            steps.append(calls.get(f"/v1/jobs/{job_id}/results")["timings"]["first_step_seconds"] * 1000)
    return Finding(
        "from POST to the first training step, warm and idle",
        Measure(ours, "ms"),
        "≤ 150 ms",
        notes=[f"the first step itself, with its tracing: {Measure(steps, 'ms')}"],
    )


def _peer(module: str) -> tuple[list[float], float]:
    """The epochs' seconds of a peer's program, and the seconds it took from its start to its end."""
    began = time.perf_counter()
    ended = subprocess.run([sys.executable, "-m", module], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 -- a program of our own, no shell
    return json.loads(ended.stdout.splitlines()[-1])["epoch_seconds"], time.perf_counter() - began


def _median_ms(seconds: list[float]) -> float:
    return statistics.median(seconds[1:]) * 1000
