"""The document of a repair."""

from typing import Annotated, Literal

from pydantic import Field

from api.answers.documents import Document
from api.derivations.schemas import PatchOperation

Interval = Annotated[list[float], Field(min_length=2, max_length=2)]


class TriedDocument(Document):
    """A remedy, or two of them, and how far it came in the race."""

    job: str | None = Field(
        description="The derived job. It is null before it is created, and if it could not be created."
    )
    title: str = Field(description="What was changed.")
    techniques: list[str] = Field(description="The names of the techniques, as `GET /v1/techniques` lists them.")
    patch: list[PatchOperation] = Field(description="JSON Patch (RFC 6902) on the repaired job's `spec`.")
    epochs: int | None = Field(description="How many epochs the job has trained. It is null without a job.")
    score: float | None = Field(
        description="The `metric` at the end of the last rung of the race that the job reached. It is null before the "
        "first, and if the training failed."
    )
    interval: Interval | None = Field(
        description="The 95 % interval of the mean gain, for the remedy that was compared on several seeds."
    )


class SeededDocument(Document):
    """A job and its score."""

    job: str | None
    score: float | None = Field(description="The `metric` at the end. It is null if the training failed.")


class ConfirmedDocument(Document):
    """The unchanged job and the best remedy on one seed."""

    seed: int
    original: SeededDocument
    repaired: SeededDocument


class RepairDocument(Document):
    """What the coach tried to make a job learn, and what came of it."""

    object: Literal["repair"] = "repair"
    job_id: str = Field(description="The repaired job.")
    status: Literal["running", "done", "cancelled"]
    metric: str | None = Field(
        description="What jobs are compared by. It is null if the repaired job has no epoch, so that nothing is tried."
    )
    direction: Literal["maximize", "minimize"] | None = Field(description="Whether more of the `metric` is better.")
    tried: list[TriedDocument] = Field(description="The remedies, the most promising first.")
    confirmed: list[ConfirmedDocument] = Field(
        description="The jobs that the decision rests on, by seed. The list is empty before the end of the race."
    )
    chosen: str | None = Field(description="The job that won the race. It is null if none came to its end.")
    gain: float | None = Field(
        description="The mean improvement of the `metric` over the seeds. It is positive if the remedy is better, "
        "whatever the `direction`."
    )
    interval: Interval | None = Field(description="The 95 % interval of the gain, by Student's t over the seeds.")
    is_better: bool = Field(
        description="Whether the remedy is clearly better: the interval lies above 0. If it is not, nothing that was "
        "tried is clearly better. With a single seed it is always `false`."
    )
    waits_for: str | None = Field(
        description="Why the repair does not go on: the quota of the project that has no room for its next job. It "
        "goes on by itself once there is room. It is null otherwise."
    )
    created_at: str = Field(description="RFC 3339, in UTC.")
    ended_at: str | None
