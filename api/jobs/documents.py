"""Rows of the database as the contract's documents; JSON that was stored goes in as it stands."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from api.answers.documents import fragment
from api.answers.rows import document_of
from api.jobs.schemas import AttemptDocument, EventDocument, JobDocument, ProgressDocument
from coach.documents import finding_documents
from coach.yardstick import sentence_of
from db.attempts.attempts import AttemptRow
from db.jobs.events import EventRow
from db.jobs.jobs import JobRow
from db.projects.idempotency import Answer
from services.jobs.drafts import Draft
from services.jobs.intake import MadeJob
from services.jobs.jobs import Job
from spec.language.numbers import encode_json

CREATED = 201


def error_document(row: JobRow) -> dict[str, Any] | None:
    """Why a job failed, or None."""
    if row.error_code is None:
        return None
    document = {"code": row.error_code, "message": row.error_message}
    return document if row.error_pointer is None else {**document, "pointer": row.error_pointer}


_shown_of_job = document_of(
    JobDocument,
    JobRow,
    made={"progress": document_of(ProgressDocument, JobRow), "error": error_document},
    beside=("queue_position",),
)
event_document = document_of(EventDocument, EventRow, made={"id": lambda row: str(row.id)})
"""One event of a job."""
attempt_document = document_of(AttemptDocument, AttemptRow, made={"status": lambda row: row.outcome or "running"})
"""One attempt at a job."""


def job_document(row: JobRow, queue_position: int | None) -> dict[str, Any]:
    """A job, all fields always present."""
    document = _shown_of_job(row)
    document["queue_position"] = queue_position
    return document


def document_of_job(job: Job) -> dict[str, Any]:
    """A job as it is known."""
    return job_document(job.row, job.queue_position)


def created_document(row: JobRow, queue_position: int | None, warnings: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A job just made, and what is doubtful about it."""
    return {**job_document(row, queue_position), "warnings": warnings}


def dry_run_document(draft: Draft) -> dict[str, Any]:
    """The job as it would be, for one that asked only."""
    return {
        **job_document(draft.row(), None),
        "id": None,
        "created_at": None,
        "findings": fragment(encode_json(finding_documents(draft.findings, None))),
        "dry_run": True,
        "warnings": draft.warnings(),
        "summary": draft.summarized().model_dump(mode="json"),
    }


def job_answer(made: MadeJob) -> Answer:
    """What is answered to who makes a job, and again to who sends the same with the same key."""
    document = created_document(made.row, made.queue_position, made.warnings)
    return Answer(CREATED, f"/v1/jobs/{made.row.id}", orjson.dumps(document).decode())


def results_document(
    row: JobRow,
    results_json: str | None,
    reference: Mapping[str, Any] | None = None,
    repair: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """What came of an ended job.

    Args:
        row: The job.
        results_json: What its trainer told at the end; a job cancelled or lost on the way may have told nothing.
        reference: How good simple models are on its rows, as it is stored, if that is known.
        repair: The document of its repair, if it had one.
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
        "evaluation": None,
        "epochs_run": row.epoch,
        "timings": None,
        "model_summary": None,
        "environment": None,
        "class_weight": None,
        "best_weights": None,
        "can_be_continued": None,
        "initial_weights": None,
        "stopped_by": None,
        "repair": repair,
        **told,
        "reference": _reference_document(reference, told),
        "job_id": row.id,
        "status": row.status,
        "error": error_document(row),
    }


def _reference_document(reference: Mapping[str, Any] | None, told: Mapping[str, Any]) -> dict[str, Any] | None:
    """A reference beside the job's own score, which is of the same rows."""
    if reference is None or not reference.get("models"):
        return None
    evaluation: dict[str, Any] = told.get("evaluation") or {}
    held_back: dict[str, Any] = evaluation.get("validation") or {}
    return {**reference, "sentence": sentence_of(reference, held_back.get(reference["metric"]))}
