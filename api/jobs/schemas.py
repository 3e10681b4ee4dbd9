"""The documents of jobs, as the OpenAPI document shows them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Json

from api.answers.documents import Document, Number
from api.answers.pages import Page
from api.jobs.evaluation_schemas import EvaluationDocument, ReferenceDocument
from api.jobs.finding_schemas import FindingDocument
from api.repairs.schemas import RepairDocument
from spec.jobs import JobSpec
from spec.language.faults import Advice
from spec.networks.summary import NetworkSummary
from spec.states import FailureCode, JobStatus


class ProgressDocument(Document):
    """The progress of a job. If it continues another training, that one's epochs count in both numbers of epochs."""

    epoch: int = Field(description="The number of completed epochs.")
    epochs: int = Field(description="The number of epochs to train.")
    fraction: float = Field(
        description="The completed fraction of the whole job, from 0 to 1. It also rises within an epoch."
    )
    eta_seconds: float | None = Field(description="The estimated time until the end, at the pace of the latest epochs.")


class ErrorDocument(Document):
    """Why a job failed."""

    code: FailureCode
    message: str
    pointer: str | None = Field(default=None, description="JSON Pointer into the spec, if the cause is there.")


class JobDocument(Document):
    """A job."""

    object: Literal["job"] = "job"
    id: str
    name: str | None
    status: JobStatus
    spec: JobSpec = Field(
        description="The spec as it was sent, with the defaults of `training` and `resources` filled in."
    )
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    attempt: int = Field(description="How many times a worker has started the job.")
    progress: ProgressDocument
    latest_metrics: dict[str, Number] | None
    error: ErrorDocument | None
    parent: str | None
    sweep: str | None
    initial_weights: str | None = Field(
        description="The job whose weights the training begins with, or `null` if it begins with fresh ones."
    )
    metadata: dict[str, str]
    findings: list[FindingDocument] = Field(
        description="What the coach finds of the spec alone. `GET /v1/jobs/{id}/findings` has what the training shows."
    )
    queue_position: int | None = Field(
        description="The position in the queue, 1 being next; `null` unless the job is queued."
    )


class CreatedJobDocument(JobDocument):
    """A job that was just created, with warnings about its spec."""

    warnings: list[Advice]


class DryRunDocument(CreatedJobDocument):
    """A job as it would be created. Since it was not, it has no id and no time of creation."""

    id: None  # pyright: ignore[reportIncompatibleVariableOverride] -- a job that is not has no id
    created_at: None  # pyright: ignore[reportIncompatibleVariableOverride] -- and was not made
    dry_run: Literal[True] = True
    summary: NetworkSummary


class StoredWeightsDocument(Document):
    """Which weights a file holds, such as `model.keras`."""

    origin: Literal["last", "moving_average", "best_epoch"] = Field(
        description="The last weights of the training, their moving average (`use_ema` of the optimizer), or the "
        "weights of the best epoch (`restore_best_weights` of EarlyStopping, or `best_weights.safetensors`)."
    )
    epoch: int = Field(
        description="The epoch whose end the weights are from, counted from 1, or the epoch in which training stopped."
    )
    is_averaged: bool = Field(
        description="Whether the weights are moving averages. Those of the best epoch are averages if "
        "SwapEMAWeights, with `swap_on_epoch`, comes before EarlyStopping."
    )


class BestWeightsDocument(Document):
    """The weights of the epoch with the lowest validation loss."""

    epoch: int = Field(description="The number of the epoch, counted from 1.")
    artifact: Literal["weights.safetensors", "best_weights.safetensors"] = Field(
        description="The artifact that holds them."
    )


class WeightsSourceDocument(Document):
    """Where initial weights came from."""

    job: str
    checkpoint: Literal["best", "last"]


class InitialWeightsDocument(Document):
    """What a training began with. Variables are named as in `model_summary`, such as `dense/kernel`."""

    source: WeightsSourceDocument
    sha256: str = Field(description="The SHA-256 hash of the file that the weights were copied from.")
    copied: list[str] = Field(description="The variables that began with the weights of the source.")
    fresh: list[str] = Field(description="The variables that began with fresh weights.")
    frozen: list[str] = Field(description="The variables that were not trained in any phase.")


class ResultsDocument(BaseModel):
    """The results of a job, with everything that its trainer reported."""

    model_config = ConfigDict(extra="allow")

    object: Literal["results"] = "results"
    job_id: str
    status: JobStatus
    final_metrics: dict[str, Number] | None = Field(
        description="The metrics of the last epoch. Those of the test rows (`test_`) are of the stored weights."
    )
    best_metrics: dict[str, Number] | None = Field(description="The metrics of the best epoch.")
    best_epoch: int | None
    epoch_weights: Literal["last", "moving_average"] | None = Field(
        description="Which weights the validation metrics (`val_`) of the epochs are of: the last ones of each epoch "
        "or, with the callback SwapEMAWeights, their moving averages."
    )
    stored_weights: StoredWeightsDocument | None = Field(
        description="Which weights `model.keras` and `weights.safetensors` hold, or `null` if there are no such files."
    )
    stored_metrics: dict[str, Number] | None = Field(
        description="The metrics of the stored weights on the validation rows (`val_`) and the test rows (`test_`) or, "
        "if there are neither, on the training rows. `null` if they were not evaluated."
    )
    evaluation: EvaluationDocument | None = Field(
        description="What the stored weights get right and wrong, in detail, next to what a guess would. `null` if the "
        "job did not succeed, or if the output of its network is an embedding."
    )
    reference: ReferenceDocument | None = Field(
        description="What simple models achieve on the same rows. It may come some seconds after the job has ended, "
        "and is deleted with the data set. `null` if it is not known."
    )
    epochs_run: int
    timings: dict[str, Any] | None
    model_summary: dict[str, Any] | None
    environment: dict[str, Any] | None
    class_weight: dict[str, float] | None = Field(
        description="The weight of the training rows of each class, or `null` if all had the same."
    )
    best_weights: BestWeightsDocument | None = Field(
        description="Which artifact holds the weights of the epoch with the lowest validation loss, or `null` if there "
        "are no validation rows."
    )
    can_be_continued: bool | None = Field(
        description="Whether another job can go on with this training (`continue`). It cannot if the training broke "
        "off within a step. `null` if there is no `weights.safetensors`."
    )
    initial_weights: InitialWeightsDocument | None = Field(
        description="The weights that the training began with, or `null` if all were fresh."
    )
    stopped_by: Literal["coach"] | None = Field(
        description="Who ended the training early: `coach` if it did not learn and is repaired. It is `null` if it "
        "came to its end, or if a callback ended it."
    )
    repair: RepairDocument | None = Field(
        description="The repair, as `GET /v1/jobs/{id}/repair` tells it, or `null` if there was none."
    )
    error: ErrorDocument | None


class EpochProgressDocument(Document):
    """The progress of the job at the end of an epoch."""

    fraction: float = Field(description="The completed fraction of the whole job, from 0 to 1.")
    eta_seconds: float | None = Field(description="The time until the end of the job, as estimated then.")


class EpochDocument(BaseModel):
    """The metrics of one epoch, as Keras names them, and the learning rate at its end.

    Validation metrics (`val_`) are of the weights at the end of the epoch or, with the callback SwapEMAWeights, of
    their moving averages. The results of the job say which weights were stored.
    """

    model_config = ConfigDict(extra="allow")

    epoch: int = Field(description="The number of the epoch, counted from 1.")
    metrics: dict[str, Number]
    duration_seconds: float
    progress: EpochProgressDocument


class EventDocument(Document):
    """Something that happened to a job."""

    object: Literal["event"] = "event"
    id: str
    job_id: str
    type: str = Field(examples=["job.created", "job.started", "job.succeeded"])
    at: datetime
    data: dict[str, Any]


class StreamedEpoch(EpochDocument):
    """One epoch in a stream of events."""

    object: Literal["epoch"] = "epoch"
    attempt: int = Field(
        description="The attempt that trained the epoch. A later attempt may train the same epoch again."
    )


class StreamedProgress(Document):
    """The progress of a job within an epoch, in a stream of events."""

    object: Literal["progress"] = "progress"
    epoch: int = Field(description="The number of completed epochs.")
    epochs: int
    fraction: float = Field(description="The completed fraction of the whole job, from 0 to 1.")
    eta_seconds: float | None = Field(description="The estimated time until the end of the job.")


class StreamedEvent(Document):
    """One server-sent event of a job's history."""

    id: str | None = Field(
        default=None,
        pattern=r"^e\d+-\d+$",
        description="What to send as `Last-Event-ID` to resume after this event. Progress has no id.",
    )
    event: str = Field(
        description="`epoch`, `progress` or the type of an event.", examples=["epoch", "job.started", "job.succeeded"]
    )
    data: Json[EventDocument | StreamedEpoch | StreamedProgress] = Field(description="The event as JSON, on one line.")


class AttemptDocument(Document):
    """One attempt of a worker at a job, and what became of it."""

    object: Literal["attempt"] = "attempt"
    job_id: str
    attempt: int = Field(description="The number of the attempt, counted from 1.")
    status: Literal["running", "succeeded", "failed", "cancelled", "lost", "handed_back", "paused"] = Field(
        description="`lost`, `handed_back` and `paused` mean that only the attempt has ended, not the job."
    )
    reason: str | None = Field(description="Why the attempt ended, or `null` if there is nothing to explain.")
    error_code: FailureCode | None
    worker_id: str
    slot: int
    claimed_at: datetime
    started_at: datetime | None = Field(description="When the attempt was ready for its first training step.")
    ended_at: datetime | None
    from_epoch: int | None = Field(
        description="How many epochs of earlier attempts this one continued from, once it has started. Those of the "
        "job that it continues are counted, too."
    )
    is_counted: bool = Field(description="Whether the attempt counts towards `resources.max_attempts`.")


class JobList(Page[JobDocument]):
    """Jobs, newest first."""


class MetricsList(Page[EpochDocument]):
    """Epochs, starting with the first."""


class EventList(Page[EventDocument]):
    """The events of a job, oldest first."""


class AttemptList(Page[AttemptDocument]):
    """The attempts at a job, newest first."""
