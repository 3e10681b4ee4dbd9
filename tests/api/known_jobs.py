"""Jobs as a report knows them, made up."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from api.reports.known import Known
from db.jobs.rows import JobRow
from spec.ids import id_of
from spec.language.numbers import encode_json, encode_metrics
from spec.states import JobStatus

EVALUATION = {
    "target": "classes",
    "rows": 12,
    "unclassified_rows": 0,
    "accuracy": 0.75,
    "macro_f1": 0.7,
    "classes": ["cat", "dog"],
    "classes_left_out": 0,
    "confusion_matrix": [[5, 1], [2, 4]],
    "by_class": [{"class": name, "precision": 0.7, "recall": 0.5, "f1": 0.6, "support": 6} for name in ("cat", "dog")],
    "baseline": {"class": "cat", "accuracy": 0.5},
}
RESULTS = {
    "final_metrics": {"loss": 0.5, "val_loss": 0.7},
    "best_metrics": {"loss": 0.6, "val_loss": 0.6},
    "best_epoch": 3,
    "stop_reason": None,
    "evaluation": {"validation": EVALUATION, "test": None},
    "timings": {"total_seconds": 75.0, "training_seconds": 60.0},
    "model_summary": {
        "layers": [{"name": "dense", "type": "Dense", "output_shape": [None, 8, 2], "parameters": 1234}],
        "total_parameters": 1234,
        "trainable_parameters": 1200,
        "warnings": [{"message": "The network has a doubtful layer."}],
    },
    "environment": {"keras": "3.15.1", "seed": 7},
    "data": {"warnings": ["A column is constant."]},
}


def finding(rule: str, *, explained_by: str | None = None, **changes: object) -> dict[str, Any]:
    """A finding's document."""
    return {
        "object": "finding",
        "id": id_of("finding", "job_" + "0" * 26, rule),
        "rule": rule,
        "severity": "error",
        "cause": explained_by is None,
        "explained_by": explained_by,
        "layer": "dense",
        "epoch": 2,
        "last_epoch": 5,
        "measured": 0.75,
        "threshold": 0.5,
        "unit": "of the units of a layer",
        "title": f"Title of {rule}",
        "explanation": f"What {rule} shows. What follows from it.",
        "source": "A paper",
        "remedies": [
            {
                "title": "Use another activation",
                "reason": "It has no bounds.",
                "technique": "relu",
                "parameters": {},
                "patch": [{"op": "replace", "path": "/network/layers/0/activation", "value": "relu"}],
            }
        ],
        **changes,
    }


def row(**changes: object) -> JobRow:
    """A job's row."""
    made: dict[str, Any] = {
        "id": "job_" + "0" * 26,
        "project": "default",
        "name": "digits, small",
        "spec_json": json.dumps({"training": {"loss": "mse", "optimizer": {"type": "SGD", "learning_rate": 0.01}}}),
        "seed": 7,
        "dataset": "digits",
        "epochs": 5,
        "metadata_json": "{}",
        "created_at": datetime(2026, 11, 26, 12, tzinfo=UTC),
        "status": JobStatus.SUCCEEDED,
        "epoch": 5,
    }
    return JobRow(**{**made, **changes})


def course(epochs: int, *, without: Sequence[int] = ()) -> list[tuple[int, str]]:
    """Metrics of epochs, NaN in those without."""
    return [
        (
            epoch,
            encode_metrics({"loss": math.nan if epoch in without else 1 / epoch, "val_loss": 1.5 / epoch}),
        )
        for epoch in range(1, epochs + 1)
    ]


def signals(
    epochs: Sequence[int], layers: Sequence[str] = ("dense", "dense_1"), **values: float
) -> list[tuple[int, str]]:
    """The same signals of all layers after some epochs."""
    told: Mapping[str, float] = values or {"gradient_norm": 0.5, "dead_fraction": 0.25, "non_finite": 0.0}
    return [(epoch, encode_json(dict.fromkeys(layers, told))) for epoch in epochs]


def known(**changes: object) -> Known:
    """All of a job that succeeded."""
    made: dict[str, Any] = {
        "job": row(),
        "results_json": encode_json(RESULTS),
        "findings_json": encode_json(
            [finding("unscaled_inputs"), finding("dead_units", explained_by="unscaled_inputs")]
        ),
        "metrics": course(5),
        "signals": signals(range(1, 6)),
    }
    return Known(**{**made, **changes})
