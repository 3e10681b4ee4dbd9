"""The row of ready networks: trains each as it is, and writes what it reached beside the specs."""

import sys

from bench.figures import Finding, Goal, Measure
from bench.page import machine
from bench.service import service, train
from launch.calls import Calls
from services.examples import spec_of, told_examples, write_told


def examples() -> list[Finding]:
    """Every ready network at full size, one thread; writes scores and times into `examples/index.json`."""
    with service(NETCOACH_WORKER_SLOTS="1", NETCOACH_TRAINER_THREADS="1") as running:
        return [measure(running.calls, one.name) for one in told_examples()]


def measure(calls: Calls, name: str) -> Finding:
    """Train one of them, and write what it reached: a run that ends early was not in vain.

    Args:
        calls: To a service with one slot of one thread.
        name: Of the spec.
    """
    job_id, _ = train(calls, spec_of(name))
    results = calls.get(f"/v1/jobs/{job_id}/results")
    told = {one.name: one for one in told_examples()}
    metric = told[name].metric
    score = round(results["stored_metrics"][metric], 4)
    epochs: int = results["epochs_run"]
    seconds = round(results["timings"]["training_seconds"], 1)
    figures = {"score": score, "epochs": epochs, "training_seconds": seconds, "measured_on": machine()}
    told[name] = told[name].model_copy(update=figures)
    write_told(tuple(told.values()))
    finding = Finding(
        f"the ready network `{name}`, one thread: {epochs} epochs",
        Measure([seconds], "s"),
        Goal(60, is_of_ratio=False),
        notes=[f"`{metric}` {score:g}"],
    )
    sys.stderr.write(f"{finding.row()}\n")
    return finding
