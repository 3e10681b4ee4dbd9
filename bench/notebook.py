"""Rows about the notebook's network: one job, two at once, and the floor that the machine sets."""

from bench import programs
from bench.figures import Finding, Goal, Measure
from bench.service import epoch_seconds, example, service, train, train_all
from bench.training import median_epoch

TURNS = 3
ROWS = 60_000
GFLOP = 6 * ROWS * (784 * 300 + 300 * 100 + 100 * 10) / 1e9
"""Of an epoch: each weight is multiplied and added forward, for its own gradient and for its inputs'."""


def notebook() -> list[Finding]:
    """An epoch of the dropout network on all 60,000 images, the first left out; by one job, by two at once."""
    spec = example("notebook_dropout")
    spec["training"] |= {"epochs": 3, "validation_split": 0.0}
    fit: list[float] = []
    alone: list[float] = []
    together: list[float] = []
    one_core: list[float] = []
    two_cores: list[float] = []
    with service(NETCOACH_WORKER_SLOTS="2", NETCOACH_TRAINER_THREADS="1") as running:
        calls = running.calls
        for _ in range(TURNS):
            fit.append(median_epoch(programs.run("bench.peers.keras_notebook")["epoch_seconds"]))
            alone.append(median_epoch(epoch_seconds(calls, train(calls, spec)[0])))
            job_ids, _ = train_all(calls, [spec, spec])
            # Each of the two jobs does an epoch in its time: half of that an epoch.
            together.append(1 / sum(1 / median_epoch(epoch_seconds(calls, job_id)) for job_id in job_ids))
            one_core.append(programs.run("bench.peers.matrix_product", "1"))
            two_cores.append(programs.run("bench.peers.matrix_product", "2"))
    profile = programs.run("bench.peers.engine_step")
    return [
        *_compared(fit, alone, together),
        _above_floor("such an epoch against its floor, one core", alone, one_core, [_told(profile)]),
        _above_floor("an epoch of two jobs at once against its floor, two cores", together, two_cores, []),
    ]


def _compared(fit: list[float], alone: list[float], together: list[float]) -> list[Finding]:
    peer = "`model.fit`, all cores"
    return [
        Finding(
            "an epoch of the notebook's dropout network, 60,000 images, one thread",
            Measure(alone, "s"),
            Goal(0.45),
            peer,
            Measure(fit, "s"),
        ),
        Finding(
            "two such jobs at once, one thread each: epochs a minute",
            Measure([60 / seconds for seconds in together], "/min"),
            Goal(4, is_least=True),
            peer,
            Measure([60 / seconds for seconds in fit], "/min"),
        ),
    ]


def _above_floor(work: str, seconds: list[float], gflops: list[float], notes: list[str]) -> Finding:
    return Finding(
        work,
        Measure(seconds, "s"),
        Goal(1.6),
        f"{GFLOP:.3g} GFLOP of matrix products",
        Measure([GFLOP / each for each in gflops], "s"),
        [f"this machine: {Measure(gflops, 'GFLOP/s')}", *notes],
    )


def _told(profile: dict[str, float]) -> str:
    spent = ", ".join(f"{microseconds:.0f} µs {kind}" for kind, microseconds in profile.items())
    return f"a step of 32 rows: {spent}"
