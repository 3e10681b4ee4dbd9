"""Which jobs there are to judge on, and who runs them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.diagnosis.draws import draw
from bench.diagnosis.lines import FOLDER, kept
from bench.diagnosis.named_cases import cases_of, our_cases
from bench.diagnosis.references import keep_references
from bench.diagnosis.runs import Asked, Runner
from bench.diagnosis.tables import UPLOADED
from bench.service import service

FIT_SEED, REPORT_SEED = 18_001, 18_002
JOBS = 324
"""Of each draw: 18 of each data set."""
SEEDS = (1, 2)


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for.

    Attributes:
        jobs: How many a draw has.
        cases: The folder of the cases of others; None where there is none.
    """

    jobs: int = JOBS
    cases: Path | None = None


def _drawn(seed: int, wanted: Wanted) -> list[Asked]:
    rows = {name: make() for name, make in UPLOADED.items()}
    return [
        Asked(job.name, job.data, training_seed, job.spec, rows.get(job.data))
        for job in draw(seed, wanted.jobs)
        for training_seed in SEEDS
    ]


def _others(wanted: Wanted) -> Iterable[Asked]:
    return () if wanted.cases is None else cases_of(wanted.cases)


SETS: Mapping[str, Callable[[Wanted], Iterable[Asked]]] = {
    "cases": lambda _: our_cases(),
    "cases-of-others": _others,
    "fit": lambda wanted: _drawn(FIT_SEED, wanted),
    "report": lambda wanted: _drawn(REPORT_SEED, wanted),
}
"""By the names of their files: thresholds may be argued on `fit`; `report` is looked at in the end."""
CASES = ("cases", "cases-of-others")
DRAWS = ("fit", "report")


def run(name: str, wanted: Wanted, folder: Path = FOLDER) -> int:
    """Run what is not kept yet.

    One slot: the second seed of a job then finds the programs that the first had compiled, which took most of its time.

    Returns:
        How many jobs were run.
    """
    jobs = list(SETS[name](wanted))
    if not jobs:
        return 0
    with service(NETCOACH_WORKER_SLOTS="1", NETCOACH_TRAINER_THREADS="1") as running:
        run = Runner(running, kept(name, folder)).run(jobs)
    keep_references(jobs, folder)
    return run
