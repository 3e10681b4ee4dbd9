"""The documents of jobs, as the OpenAPI document shows them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Json

from api.pages import Page
from spec.faults import Advice
from spec.jobs import JobSpec
from spec.states import FailureCode, JobStatus
from spec.summary import NetworkSummary

Number = float | Literal["NaN", "Infinity", "-Infinity"]
"""A number that may not be finite: then a string, since JSON knows no such number."""


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProgressDocument(_Document):
    """How far a job is."""

    epoch: int = Field(description="Epochs done.")
    epochs: int = Field(description="Epochs asked for.")
    fraction: float = Field(description="Of the whole job, 0 to 1; rises within an epoch too.")
    eta_seconds: float | None = Field(description="Until its end, at the pace of the latest epochs.")


class ErrorDocument(_Document):
    """Why a job failed, and whose fault it was."""

    code: FailureCode
    message: str
    pointer: str | None = Field(default=None, description="JSON Pointer into the spec, where the cause lies there.")


class JobDocument(_Document):
    """A job."""

    object: Literal["job"] = "job"
    id: str
    name: str | None
    status: JobStatus
    spec: JobSpec = Field(description="As it was sent; what it left open in `training` and `resources` is filled in.")
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    attempt: int = Field(description="How often a worker has taken the job.")
    progress: ProgressDocument
    latest_metrics: dict[str, Number] | None
    error: ErrorDocument | None
    parent: str | None
    sweep: str | None
    metadata: dict[str, str]
    queue_position: int | None = Field(description="1 is next; null unless queued.")


class CreatedJobDocument(JobDocument):
    """A job just made, and what is doubtful about it."""

    warnings: list[Advice]


class DryRunDocument(CreatedJobDocument):
    """A job as it would be: nothing was made, so it has no id and no time."""

    id: None  # pyright: ignore[reportIncompatibleVariableOverride] -- a job that is not has no id
    created_at: None  # pyright: ignore[reportIncompatibleVariableOverride] -- and was not made
    dry_run: Literal[True] = True
    summary: NetworkSummary


class StoredWeightsDocument(_Document):
    """Which weights `model.keras` holds."""

    origin: Literal["last", "moving_average", "best_epoch"] = Field(
        description="Those the training ended with, their moving average (`use_ema` of the optimizer), or those of the "
        "best epoch (`restore_best_weights` of EarlyStopping)."
    )
    epoch: int = Field(description="The epoch after which they stood so, from 1; the one it broke off in, if it did.")
    is_averaged: bool = Field(
        description="Whether they are moving averages: those of the best epoch are where SwapEMAWeights stands before "
        "EarlyStopping, with `swap_on_epoch`."
    )


class ResultsDocument(BaseModel):
    """What came of a job; all that the trainer told of it stands here too."""

    model_config = ConfigDict(extra="allow")

    object: Literal["results"] = "results"
    job_id: str
    status: JobStatus
    final_metrics: dict[str, Number] | None = Field(
        description="Of the last epoch, as it was reported; those of the test rows (`test_`) are of the stored weights."
    )
    best_metrics: dict[str, Number] | None = Field(description="Of the best epoch, as it was reported.")
    best_epoch: int | None
    epoch_weights: Literal["last", "moving_average"] | None = Field(
        description="Of which weights the epochs' validation metrics (`val_`) are: those each epoch ended with or, "
        "with the callback SwapEMAWeights, their moving averages."
    )
    stored_weights: StoredWeightsDocument | None = Field(
        description="Which weights `model.keras` holds; null where there is none."
    )
    stored_metrics: dict[str, Number] | None = Field(
        description="What the stored weights give on the validation rows (`val_`) and the test rows (`test_`) or, "
        "where there are neither, on the training rows; null where they were not evaluated."
    )
    epochs_run: int
    timings: dict[str, Any] | None
    model_summary: dict[str, Any] | None
    environment: dict[str, Any] | None
    class_weight: dict[str, float] | None = Field(
        description="How much the training rows of each class counted; null where all counted the same."
    )
    error: ErrorDocument | None


class EpochProgressDocument(_Document):
    """How far the job was at an epoch's end."""

    fraction: float = Field(description="Of the whole job, 0 to 1.")
    eta_seconds: float | None = Field(description="Until its end, as estimated then.")


class EpochDocument(BaseModel):
    """One epoch's metrics, as Keras names them, with the learning rate the epoch ended at.

    Validation metrics (`val_`) are of the weights that the epoch ended with or, with the callback SwapEMAWeights, of
    their moving averages. A job's results tell which weights were stored.
    """

    model_config = ConfigDict(extra="allow")

    epoch: int = Field(description="From 1.")
    metrics: dict[str, Number]
    duration_seconds: float
    progress: EpochProgressDocument


class EventDocument(_Document):
    """Something that happened to a job."""

    object: Literal["event"] = "event"
    id: str
    job_id: str
    type: str = Field(examples=["job.created", "job.started", "job.succeeded"])
    at: datetime
    data: dict[str, Any]


class StreamedEpoch(EpochDocument):
    """One epoch, as a stream tells it."""

    object: Literal["epoch"] = "epoch"
    attempt: int = Field(description="Of which attempt it is; a later one may record the same epoch anew.")


class StreamedProgress(_Document):
    """How far a job is within its epoch, as a stream tells it."""

    object: Literal["progress"] = "progress"
    epoch: int = Field(description="Epochs that have ended.")
    epochs: int
    fraction: float = Field(description="Of the whole job, 0 to 1.")
    eta_seconds: float | None = Field(description="Until its end, as estimated now.")


class StreamedEvent(_Document):
    """One server-sent event of a job's history."""

    id: str | None = Field(
        default=None, pattern=r"^e\d+-\d+$", description="What to send as `Last-Event-ID`; progress has none."
    )
    event: str = Field(
        description="`epoch`, `progress`, or the type of an event.", examples=["epoch", "job.started", "job.succeeded"]
    )
    data: Json[EventDocument | StreamedEpoch | StreamedProgress] = Field(description="JSON in one line.")


class AttemptDocument(_Document):
    """One claim of a job by a worker, and what became of it."""

    object: Literal["attempt"] = "attempt"
    job_id: str
    attempt: int = Field(description="From 1.")
    status: Literal["running", "succeeded", "failed", "cancelled", "lost", "handed_back", "paused"] = Field(
        description="`lost`, `handed_back` and `paused` ended the attempt and not the job."
    )
    reason: str | None = Field(description="In a sentence; null where there is nothing to explain.")
    error_code: FailureCode | None
    worker_id: str
    slot: int
    claimed_at: datetime
    started_at: datetime | None = Field(description="When its first step of training was next.")
    ended_at: datetime | None
    from_epoch: int | None = Field(description="How many epochs of earlier attempts it went on from, once started.")
    is_counted: bool = Field(description="Whether it counts against `resources.max_attempts`.")


class JobList(Page[JobDocument]):
    """Jobs, newest first."""


class MetricsList(Page[EpochDocument]):
    """Epochs, from the first on."""


class EventList(Page[EventDocument]):
    """A job's events, from the first on."""


class AttemptList(Page[AttemptDocument]):
    """A job's attempts, the newest first."""
