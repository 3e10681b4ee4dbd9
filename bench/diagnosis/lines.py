"""What came of each job, one line of JSON a job, kept so that rules can be tried without training anything again."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from bench.service import ROOT
from coach.coached_job import CoachedJob, coached_job
from coach.evidence import ColumnsSeen, EpochSeen, Evidence, ReferenceSeen, StartSeen
from coach.yardstick import evaluated_of
from spec.datasets.built_in import built_in_facts
from spec.datasets.facts import DatasetFacts
from spec.signals import SIGNALS

FOLDER = ROOT / ".data" / "diagnosis"
"""Where lines are kept; it is not in git."""
MEMORY_BYTES = 8 * 2**30
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """A job that ended, or was refused.

    Attributes:
        told: All that is kept. ``name``, ``data`` (a name of this benchmark), ``seed``, ``spec`` (as it was sent),
            ``facts`` (of an uploaded data set), ``truth`` (of a case), ``refusal`` (the problem that the service
            answered with), ``status``, ``error``, ``epochs``, ``signals``, ``start``, ``reference``, ``findings``,
            ``evaluation``, ``timings``; as the service tells them.
    """

    told: Json

    @property
    def name(self) -> str:
        """Of the job, without its seed."""
        return self.told["name"]

    @property
    def data(self) -> str:
        """The name of its data set."""
        return self.told["data"]

    @property
    def seed(self) -> int:
        """Of the training."""
        return self.told["seed"]

    @property
    def refusal(self) -> Json | None:
        """The problem that the service answered with; None if it took the job."""
        return self.told.get("refusal")

    @property
    def metrics(self) -> list[dict[str, float]]:
        """Of every epoch, in order."""
        return [{name: number(value) for name, value in row["metrics"].items()} for row in self.told.get("epochs", ())]

    @cached_property
    def job(self) -> CoachedJob:
        """The job as the coach sees it.

        Raises:
            JobFaulty: If it was refused.
        """
        said = self.told["facts"]
        facts = None if said is None else DatasetFacts.model_validate(said)
        facts_of = built_in_facts if facts is None else {facts.name: facts}.get
        return coached_job(self.told["spec"], facts_of=facts_of, max_memory_bytes=MEMORY_BYTES)

    @cached_property
    def evidence(self) -> Evidence:
        """All that was known of the job when it had ended.

        Raises:
            JobFaulty: If it was refused.
        """
        error = cast("Json | None", self.told.get("error"))
        return Evidence(
            job=self.job,
            epochs=self._epochs(),
            start=_start(self.told.get("start")),
            reference=_reference(self.told.get("reference")),
            is_final=True,
            failure=None if error is None else error["code"],
            evaluated=evaluated_of(self.told),
        )

    def _epochs(self) -> list[EpochSeen]:
        signals = _by_epoch(self.told.get("signals", ()))
        return [
            EpochSeen(epoch, metrics, signals.get(epoch, {}))
            for epoch, metrics in zip(self._numbers(), self.metrics, strict=True)
        ]

    def _numbers(self) -> list[int]:
        return [row["epoch"] for row in self.told.get("epochs", ())]


def number(told: str | float) -> float:
    """A number as JSON has it: one that is not finite is a string."""
    return float(told)


def _by_epoch(rows: Sequence[Json]) -> dict[int, dict[str, dict[str, float]]]:
    found: dict[int, dict[str, dict[str, float]]] = {}
    for row in rows:
        found.setdefault(row["epoch"], {})[row["layer"]] = _signals(row)
    return found


def _signals(row: Json) -> dict[str, float]:
    return {name: number(row[name]) for name in SIGNALS if row.get(name) is not None}


def _start(told: Json | None) -> StartSeen | None:
    if told is None:
        return None
    inputs: Mapping[str, Json] = told["inputs"]
    rows: Sequence[Json] = told.get("signals", ())
    return StartSeen(
        inputs={
            name: ColumnsSeen(**{key: number(value) for key, value in one.items()}) for name, one in inputs.items()
        },
        class_rows=told.get("class_rows") or (),
        target_mean=_known(told.get("target_mean")),
        target_deviation=_known(told.get("target_deviation")),
        loss=_known(told.get("loss")),
        signals={row["layer"]: _signals(row) for row in rows},
        train_rows=told.get("train_rows", 0),
    )


def _reference(told: Json | None) -> ReferenceSeen | None:
    return None if told is None else ReferenceSeen(told["metric"], told["guess"], told["models"])


def _known(told: str | float | None) -> float | None:
    return None if told is None else number(told)


def kept(name: str, folder: Path = FOLDER) -> Path:
    """The file of a draw, or of other jobs, by their name."""
    return folder / f"{name}.jsonl.gz"


def read(path: Path) -> list[Line]:
    """All lines of a file; none where there is no file."""
    return list(_lines(path)) if path.exists() else []


def _lines(path: Path) -> Iterator[Line]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        try:
            for text in file:
                yield Line(json.loads(text))
        except (EOFError, json.JSONDecodeError):
            return  # the last one was being written when the run ended


def append(path: Path, told: Json) -> None:
    """Keep one more: each is compressed by itself, so that a run that ends early leaves whole lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(gzip.compress(json.dumps(told, separators=(",", ":")).encode() + b"\n"))
