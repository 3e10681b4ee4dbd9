"""No metric gets the heading of a column that the service writes itself, in any table of epochs."""

import csv
import io
import json
from pathlib import Path

import pytest

from api.jobs.epochs import as_csv
from db.attempts.epochs import EpochRow as StoredEpoch
from spec.language.declared import kinds
from spec.metrics import Metric
from spec.training.epoch_columns import RESERVED_NAMES, RESERVED_PREFIXES
from tests.spec.jobs import check, job
from worker.trainer.results.artifacts import save_history
from worker.trainer.results.course import EpochRow


def tables(metrics: dict[str, float], folder: Path) -> list[list[str]]:
    """The heads of both tables of an epoch with these metrics."""
    save_history([EpochRow(1, metrics, 0.5)], folder)
    texts = [
        (folder / "history.csv").read_text(encoding="utf-8"),
        as_csv([StoredEpoch(1, json.dumps(metrics), 0.5, 1.0, 0.0)]).decode(),
    ]
    return [next(csv.reader(io.StringIO(text))) for text in texts]


OWN = {"loss": 1.0, "learning_rate": 0.1}


@pytest.mark.parametrize("name", [*RESERVED_NAMES, *(f"{prefix}mine" for prefix in RESERVED_PREFIXES)])
@pytest.mark.parametrize("kind", ["AUC", "BinaryAccuracy"])
def test_every_heading_of_the_service_is_refused_as_a_metrics_name(name: str, kind: str) -> None:
    checked = check(job(metrics=[{"type": kind, "name": name}], loss="categorical_crossentropy"))
    assert [(fault.pointer, fault.code) for fault in checked.faults] == [("/training/metrics/0/name", "reserved_name")]


def test_both_tables_have_every_reserved_heading_and_no_other_of_their_own(tmp_path: Path) -> None:
    for head in tables({**OWN, "mine": 1.0}, tmp_path):
        assert set(head) - {"mine"} == set(RESERVED_NAMES)
        assert len(set(head)) == len(head)


def test_what_keras_calls_metrics_is_not_reserved_and_every_accepted_name_stands_once(tmp_path: Path) -> None:
    names = [kind.CALLED for kind in kinds(Metric).values()]
    for name in (*names, "epochs", "seconds", "lr", "metrics", "progress", "fraction"):
        checked = check(job(metrics=[{"type": "AUC", "name": name}], loss="categorical_crossentropy"))
        assert checked.faults == [], name
        for head in tables({**OWN, name: 1.0, f"val_{name}": 1.0}, tmp_path):
            assert len(set(head)) == len(head)
