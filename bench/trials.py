"""Rows about many small jobs: trials a minute beside Ray Tune's and Keras Tuner's, two slots beside one."""

from typing import Any

from bench import programs
from bench.figures import Finding, Goal, Measure
from bench.service import example, service, train, train_all

TRIALS = 12
TURNS = 2
SLOT_TURNS = 3
_WORK = f"{TRIALS} small jobs over HTTP, everything stored: trials a minute"


def trials() -> list[Finding]:
    """Twelve small jobs on two slots beside the same trials of Ray Tune (two at once) and of Keras Tuner."""
    ours: list[float] = []
    ray: list[float] = []
    keras_tuner: list[float] = []
    has_peers = programs.are_peers_installed()
    with service(NETCOACH_WORKER_SLOTS="2") as running:
        train_all(running.calls, _specs()[:4])  # both trainers are warm then
        for _ in range(TURNS):
            if has_peers:
                ray.append(_a_minute(_seconds_of("bench.peers.ray_tune_trials")))
                keras_tuner.append(_a_minute(_seconds_of("bench.peers.keras_tuner_trials")))
            ours.append(_a_minute(train_all(running.calls, _specs())[1]))
    return [
        _compared("Ray Tune, two at once, startup not counted", Goal(12, is_least=True), ours, ray),
        _compared("Keras Tuner, imports not counted", None, ours, keras_tuner),
    ]


def slots() -> list[Finding]:
    """Twelve small jobs on two slots beside the same on one, in turn."""
    two: list[float] = []
    one: list[float] = []
    apart: list[float] = []
    with (
        service(NETCOACH_WORKER_SLOTS="2", NETCOACH_TRAINER_THREADS="1") as both,
        service(NETCOACH_WORKER_SLOTS="1", NETCOACH_TRAINER_THREADS="1") as single,
    ):
        train(single.calls, _specs()[0])
        train_all(both.calls, _specs()[:4])
        for _ in range(SLOT_TURNS):
            two.append(_a_minute(train_all(both.calls, _specs())[1]))
            one.append(_a_minute(train_all(single.calls, _specs())[1]))
            alone, side_by_side = (programs.run("bench.peers.keras_side_by_side", count) for count in ("1", "2"))
            apart.append(side_by_side / alone)
    told = f"two independent processes of plain Keras do {Measure(apart, 'x')} of what one does"
    return [
        Finding(
            "two slots of one thread each: small jobs a minute",
            Measure(two, "/min"),
            Goal(1.85, is_least=True),
            "one such slot",
            Measure(one, "/min"),
            [told],
        )
    ]


def _specs() -> list[dict[str, Any]]:
    spec = example("digits")
    return [spec | {"training": spec["training"] | {"seed": seed}} for seed in range(TRIALS)]


def _seconds_of(peer: str) -> float:
    return programs.run(peer, str(TRIALS), has_own_packages=True)


def _a_minute(seconds: float) -> float:
    return TRIALS / seconds * 60


def _compared(peer_name: str, goal: Goal | None, ours: list[float], peer: list[float]) -> Finding:
    measured = Measure(peer, "/min") if peer else None
    notes = [] if peer else [programs.HOW_TO_GET]
    return Finding(_WORK, Measure(ours, "/min"), goal, peer_name, measured, notes)
