"""Rows of the database as the contract's documents; JSON that was stored goes in as it stands."""

from collections.abc import Sequence
from typing import Any

import orjson

from api.answers.documents import fragment, time
from db.attempts.attempts import AttemptRow
from db.jobs.events import EventRow
from db.jobs.jobs import JobRow
from db.projects.idempotency import Answer
from services.jobs.drafts import Draft
from services.jobs.intake import MadeJob

CREATED = 201


def job_document(row: JobRow, queue_position: int | None) -> dict[str, Any]:
    """A job, all fields always present."""
    return {
        "object": "job",
        "id": row.id,
        "name": row.name,
        "status": row.status,
        "spec": fragment(row.spec_json),
        "created_at": time(row.created_at),
        "started_at": time(row.started_at),
        "ended_at": time(row.ended_at),
        "attempt": row.attempt,
        "progress": {
            "epoch": row.epoch,
            "epochs": row.epochs,
            "fraction": row.fraction,
            "eta_seconds": row.eta_seconds,
        },
        "latest_metrics": fragment(row.latest_metrics_json),
        "error": error_document(row),
        "parent": row.parent,
        "sweep": row.sweep,
        "metadata": fragment(row.metadata_json),
        "queue_position": queue_position,
    }


def created_document(row: JobRow, queue_position: int | None, warnings: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A job just made, and what is doubtful about it."""
    return {**job_document(row, queue_position), "warnings": warnings}


def dry_run_document(draft: Draft) -> dict[str, Any]:
    """The job as it would be, for one that asked only."""
    return {
        "object": "job",
        "id": None,
        "name": draft.spec.name,
        "status": "queued",
        "spec": fragment(draft.spec_json),
        "created_at": None,
        "started_at": None,
        "ended_at": None,
        "attempt": 0,
        "progress": {"epoch": 0, "epochs": draft.spec.training.epochs, "fraction": 0.0, "eta_seconds": None},
        "latest_metrics": None,
        "error": None,
        "parent": draft.parent,
        "sweep": None,
        "metadata": draft.spec.metadata,
        "queue_position": None,
        "dry_run": True,
        "warnings": draft.warnings(),
        "summary": draft.summarized().model_dump(mode="json"),
    }


def job_answer(made: MadeJob) -> Answer:
    """What is answered to who makes a job, and again to who sends the same with the same key."""
    document = created_document(made.row, made.queue_position, made.warnings)
    return Answer(CREATED, f"/v1/jobs/{made.row.id}", orjson.dumps(document).decode())


def attempt_document(row: AttemptRow) -> dict[str, Any]:
    """One attempt at a job."""
    return {
        "object": "attempt",
        "job_id": row.job_id,
        "attempt": row.attempt,
        "status": row.outcome or "running",
        "reason": row.reason,
        "error_code": row.error_code,
        "worker_id": row.worker_id,
        "slot": row.slot,
        "claimed_at": time(row.claimed_at),
        "started_at": time(row.started_at),
        "ended_at": time(row.ended_at),
        "from_epoch": row.from_epoch,
        "is_counted": row.is_counted,
    }


def error_document(row: JobRow) -> dict[str, Any] | None:
    """Why a job failed, or None."""
    if row.error_code is None:
        return None
    document = {"code": row.error_code, "message": row.error_message}
    return document if row.error_pointer is None else {**document, "pointer": row.error_pointer}


def event_document(row: EventRow) -> dict[str, Any]:
    """One event of a job."""
    return {
        "object": "event",
        "id": str(row.id),
        "job_id": row.job_id,
        "type": row.type,
        "at": time(row.at),
        "data": fragment(row.data_json),
    }


def results_document(row: JobRow, results_json: str | None) -> dict[str, Any]:
    """What came of an ended job.

    Args:
        row: The job.
        results_json: What its trainer told at the end; a job cancelled or lost on the way may have told nothing.
    """
    told: dict[str, Any] = orjson.loads(results_json) if results_json else {}
    return {
        "object": "results",
        "final_metrics": None,
        "best_metrics": None,
        "best_epoch": None,
        "epoch_weights": None,
        "stored_weights": None,
        "stored_metrics": None,
        "epochs_run": row.epoch,
        "timings": None,
        "model_summary": None,
        "environment": None,
        "class_weight": None,
        **told,
        "job_id": row.id,
        "status": row.status,
        "error": error_document(row),
    }
