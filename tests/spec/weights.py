"""Weights that jobs left, as the check of another job knows them."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from db.jobs.weights import WeightsRow
from services.weights import facts_in
from spec.check import CheckedJob, check_job
from spec.datasets.built_in import BUILT_IN
from spec.training.initial_weights import WeightsSource
from spec.weights.stored import (
    BEST_WEIGHTS_FILE,
    WEIGHTS_FILE,
    Absence,
    StoredFile,
    WeightsFacts,
    WeightsOf,
)
from tests.spec.jobs import MEMORY_BYTES, assert_readable, check

SOURCE = "job_01m8br6drts0yad0xgq63a8bge"
"""The id of a job that has left weights."""
LAST, BEST = StoredFile("jobs/1/weights", "aa", 10), StoredFile("jobs/1/best", "bb", 20)


def row_of(body: dict[str, Any], *, epochs: int = 3) -> WeightsRow:
    """What is stored of a job that has ended and left both files."""
    checked = check(body)
    assert checked.faults == []
    assert checked.summary is not None
    results = {
        "model_summary": checked.summary.model_dump(mode="json"),
        "best_weights": {"epoch": 2, "artifact": BEST_WEIGHTS_FILE},
        "epochs_run": epochs,
    }
    files = {WEIGHTS_FILE: LAST, BEST_WEIGHTS_FILE: BEST}
    return WeightsRow(
        has_ended=True, seed=7, epoch=epochs, results_json=json.dumps(results), spec_json=json.dumps(body), files=files
    )


def without(row: WeightsRow, *results: str, **changes: object) -> WeightsRow:
    """The same with other columns, and with some of its results null."""
    told = {**json.loads(row.results_json or "{}"), **dict.fromkeys(results)}
    return replace(row, results_json=json.dumps(told), **changes)  # pyright: ignore[reportArgumentType] -- of any column


def weights_of(row: WeightsRow) -> WeightsOf:
    """Finds the weights of `SOURCE` alone."""

    def find(source: WeightsSource) -> WeightsFacts | Absence | None:
        return facts_in(source, row) if source.job == SOURCE else None

    return find


def checker(row: WeightsRow) -> Callable[[object], CheckedJob]:
    """The check of jobs that can begin with the weights of `SOURCE`."""

    def checked_with(body: object) -> CheckedJob:
        found = check_job(body, facts_of=BUILT_IN.get, max_memory_bytes=MEMORY_BYTES, weights_of=weights_of(row))
        assert_readable([*found.faults, *found.advice])
        return found

    return checked_with


def beginning(layers: dict[str, str] | None = None, **fields: object) -> dict[str, Any]:
    """``initial_weights`` from `SOURCE`."""
    said: dict[str, Any] = {"from": {"job": SOURCE}, **fields}
    return said if layers is None else {**said, "layers": layers}
