"""The row about signals: what measuring every layer after each epoch costs."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.figures import Finding, Goal, Measure
from bench.memory import trainer_of
from bench.service import Running, epochs_of, example, service, train

SMALL_TURNS, SMALL_EPOCHS = 30, 100
NOTEBOOK_TURNS, NOTEBOOK_EPOCHS = 30, 3


@dataclass(frozen=True)
class Turns:
    """The same job, over and over.

    Attributes:
        epoch_seconds: Of each job, the mean of its epochs, the first left out: it traces.
        processor_seconds: Of the trainer for each job, by epoch.
        metrics: What each job told of its epochs.
    """

    epoch_seconds: list[float] = field(default_factory=list[float])
    processor_seconds: list[float] = field(default_factory=list[float])
    metrics: list[list[dict[str, float]]] = field(default_factory=list[list[dict[str, float]]])


def signals() -> list[Finding]:
    """An epoch of the small job, and of the notebook's, with signals of every layer beside the same without."""
    with service(NETCOACH_WORKER_SLOTS="1", NETCOACH_TRAINER_THREADS="1") as running:
        small = _in_turn(running, small_job, SMALL_TURNS)
        large = _in_turn(running, notebook_job, NOTEBOOK_TURNS)
    return [
        _compared(f"an epoch of the small job, mean of {SMALL_EPOCHS}", small, Goal(1.05)),
        _compared("an epoch of the notebook's dropout network", large, Goal(1.03)),
    ]


def small_job(*, is_on: bool) -> dict[str, Any]:
    """The small job, long enough for a mean."""
    return _watched("digits", {"epochs": SMALL_EPOCHS}, is_on=is_on)


def notebook_job(*, is_on: bool) -> dict[str, Any]:
    """The notebook's."""
    return _watched("notebook_dropout", {"epochs": NOTEBOOK_EPOCHS}, is_on=is_on)


def _watched(name: str, training: dict[str, Any], *, is_on: bool) -> dict[str, Any]:
    spec = example(name)
    return spec | {"training": spec["training"] | {"seed": 0} | training, "coach": {"signals": is_on}}


def _in_turn(running: Running, job: Callable[..., dict[str, Any]], turns: int) -> dict[bool, Turns]:
    """With signals (True) and without, each as often first as second, after one of each that is not counted."""
    for is_on in (True, False):
        _train(running, job(is_on=is_on), Turns())
    measured = {True: Turns(), False: Turns()}
    for turn in range(turns):
        for is_on in (turn % 2 == 0, turn % 2 == 1):
            _train(running, job(is_on=is_on), measured[is_on])
    return measured


def _train(running: Running, spec: dict[str, Any], turns: Turns) -> None:
    trainer = trainer_of(running.pid)
    before = trainer.cpu_times()
    job_id, _ = train(running.calls, spec)
    after = trainer.cpu_times()
    epochs = epochs_of(running.calls, job_id)
    is_on: bool = spec["coach"]["signals"]
    if bool(running.calls.get(f"/v1/jobs/{job_id}/signals?limit=1")["data"]) is not is_on:
        raise RuntimeError(f"the job {job_id} has {'no ' * is_on}signals")
    turns.epoch_seconds.append(statistics.mean(epoch["duration_seconds"] for epoch in epochs[1:]))
    turns.processor_seconds.append((sum(after[:2]) - sum(before[:2])) / len(epochs))
    turns.metrics.append([epoch["metrics"] for epoch in epochs])


def _compared(work: str, measured: dict[bool, Turns], goal: Goal) -> Finding:
    on, off = measured[True], measured[False]
    processor = Finding("", _milliseconds(on.processor_seconds), peer=_milliseconds(off.processor_seconds))
    is_same = all(one == off.metrics[0] for one in (*on.metrics, *off.metrics))
    return Finding(
        f"{work}, with signals of every layer",
        _milliseconds(on.epoch_seconds),
        goal,
        "without signals",
        _milliseconds(off.epoch_seconds),
        [
            f"the trainer's processor time, the whole job by its epochs: {processor.ours}, {processor.ratio}",
            f"the numbers of all epochs are {'' if is_same else 'NOT '}the same to the bit",
        ],
    )


def _milliseconds(seconds: list[float]) -> Measure:
    return Measure([1000 * one for one in seconds], "ms")
