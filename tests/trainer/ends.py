"""Every argument that the catalog shows, at the ends of what it takes and between: checked, and if accepted, run.

Whole: ``python -m tests.trainer.ends``, or with the names of families; ``--minutes 10 --seed 2`` tries a part of it.
One line a case that was accepted and cannot run.
What runs them is the worker's own trainer process: compiled, evaluated, saved.
"""

import argparse
import copy
import json
import math
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from services.errors import BodyFaulty
from services.networks import inspect
from spec.check import check_job
from spec.datasets.built_in import BUILT_IN
from tests.trainer.end_cases import Case, cases, together
from tests.trainer.trainer_process import TrainerProcess
from worker.messages import Ended, Epoch, Report

MEMORY_BYTES = 64 * 2**20
"""So little that whatever is large is refused, not run."""

TRAINER_BYTES = 2 * 2**30
"""What a trainer may take in all: many times what was estimated, with TensorFlow itself."""

SMALL_BYTES = 2 * 2**20
MOST_TOGETHER = 16
"""What is small is tried together with others of its kind: to make and to save a job takes longer than to train it."""

LONGEST_SECONDS = 90
MOST_EPOCHS = 3
"""After so many a job is told to stop: more of them lengthen it, and try nothing else."""

FAMILIES = (
    *("training", "dataset", "metrics", "losses", "optimizers", "schedules", "callbacks"),
    *("initializers", "regularizers", "constraints", "layers"),
)

_ERROR = re.compile(r"^[\w.]+(Error|Exception|Refused|TooSmall|NotDeclared)\b")


class Trainer:
    """A trainer process, and another one where it is gone or does not come to an end.

    Args:
        folder: For what jobs leave behind.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "process.log"
        self._process = self._started()

    def problem_of(self, case: Case) -> str | None:
        """What goes wrong with a case that is accepted; None where nothing does."""
        began_at = time.monotonic()
        self._log.write_bytes(b"")
        try:
            ended = self._train(case)
        except AssertionError as gone:
            after = time.monotonic() - began_at
            status = self._process.process.poll()
            self.close()
            self._process = self._started()
            return f"{gone}, after {after:.0f} s, status {status}: {self._reason()}"
        if ended.outcome != "failed" or ended.code == "diverged":
            return None
        return f"{ended.code}: {self._reason()}"

    def close(self) -> None:
        """End the process."""
        self._process.close()

    def _started(self) -> TrainerProcess:
        return TrainerProcess("--memory-bytes", str(TRAINER_BYTES), log=self._log)

    def _train(self, case: Case) -> Ended:
        # The service draws a seed where there is none.
        training = {**case.body["training"], "seed": case.body["training"]["seed"] or 0}
        self._process.order({**case.body, "training": training}, self._folder)
        deadline = time.monotonic() + LONGEST_SECONDS
        while not isinstance(report := self._next(deadline), Ended):
            if isinstance(report, Epoch) and report.epoch == MOST_EPOCHS:
                self._process.stop()
        return report

    def _next(self, deadline: float) -> Report:
        left = deadline - time.monotonic()
        assert left > 0, "it does not come to an end"
        return self._process.next_report(left)

    def _reason(self) -> str:
        """What the worker's log says last of an error, with the lines that follow it."""
        lines = self._log.read_text().strip().splitlines()
        places = [place for place, line in enumerate(lines) if _ERROR.match(line)]
        found = lines[places[-1] : places[-1] + 7] if places else lines[-1:]
        return " ".join(line.strip() for line in found if line.strip())[:300]


@contextmanager
def trainer() -> Iterator[Trainer]:
    """A trainer process for some cases."""
    with tempfile.TemporaryDirectory(prefix="ends-") as name:
        one = Trainer(Path(name))
        try:
            yield one
        finally:
            one.close()


def size_of(case: Case) -> int | None:
    """Bytes of an accepted job, by estimate; None where it is refused. That it can be looked at is tried as well."""
    checked = check_job(copy.deepcopy(case.body), facts_of=BUILT_IN.get, max_memory_bytes=MEMORY_BYTES)
    looked_at = {"dataset": case.body["dataset"]["name"], "network": copy.deepcopy(case.body["network"])}
    try:
        json.dumps(inspect(looked_at, BUILT_IN.get).model_dump(mode="json"), allow_nan=False)
    except BodyFaulty:
        assert checked.spec is None, "it cannot be inspected"
    return None if checked.summary is None else checked.summary.memory.total_bytes


def grouped(some: Iterable[Case]) -> Iterator[list[Case]]:
    """Those of the cases that are accepted, in jobs of one or of several small ones."""
    waiting: dict[str, list[Case]] = {}
    for case in some:
        size = size_of(case)
        if size is None:
            continue
        if case.key is None or size > SMALL_BYTES:
            yield [case]
            continue
        group = waiting.setdefault(case.key, [])
        group.append(case)
        if len(group) == MOST_TOGETHER:
            yield waiting.pop(case.key)
    yield from waiting.values()


def problems(one: Trainer, group: list[Case]) -> Iterator[tuple[Case, str]]:
    """Which cases of a group do not run, and why."""
    if len(group) > 1:
        all_of_them = together(group)
        problem = one.problem_of(all_of_them) if size_of(all_of_them) is not None else "refused"
        if problem is None:
            return
    for case in group:
        problem = one.problem_of(case)
        if problem is not None:
            yield case, problem


def walk(groups: Iterable[list[Case]], until: float = math.inf) -> tuple[int, int]:
    """Try cases until a time; how many were tried, and how many of them do not run."""
    tried = found = 0
    with trainer() as one:
        for group in groups:
            if time.monotonic() > until:
                break
            tried += len(group)
            for case, problem in problems(one, group):
                found += 1
                print(json.dumps([case.label, problem, case.body]), flush=True)  # noqa: T201
    return tried, found


def main(arguments: list[str]) -> int:
    """Try all cases of some families, or of all; with a bound, as many as there is time for, drawn by a seed."""
    parser = argparse.ArgumentParser(prog="python -m tests.trainer.ends", description=__doc__)
    parser.add_argument("families", nargs="*", default=list(FAMILIES), metavar="family")
    parser.add_argument("--minutes", type=float, default=math.inf, help="how long at most")
    parser.add_argument("--seed", type=int, default=1, help="what is tried first")
    said = parser.parse_args(arguments)
    until, wrong = time.monotonic() + 60 * said.minutes, 0
    if math.isfinite(said.minutes):
        groups = [group for family in said.families for group in grouped(cases(family))]
        random.Random(said.seed).shuffle(groups)  # noqa: S311 (no secret)
        parts = {"of all": groups}
    else:
        parts = {f"of {family}": list(grouped(cases(family))) for family in said.families}
    for name, groups in parts.items():
        began_at = time.monotonic()
        tried, found = walk(groups, until)
        wrong += found
        told = f"{found} of {tried} do not run; there are {sum(map(len, groups))} {name}"
        print(f"{told} ({time.monotonic() - began_at:.0f} s)", flush=True)  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
