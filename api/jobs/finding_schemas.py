"""The documents of what the coach finds."""

from typing import Any, Literal

from pydantic import Field

from api.answers.documents import Document, Number
from api.derivations.schemas import PatchOperation
from spec.ids import pattern_of


class RemedyDocument(Document):
    """What to do about a finding: a technique, and the patch by which it changes the job's spec."""

    title: str
    reason: str = Field(description="Why it helps here.")
    technique: str = Field(description="The name of the technique, as `GET /v1/techniques` and `derive` have it.")
    parameters: dict[str, Any] = Field(description="The parameters of the technique, to be sent with its name.")
    patch: list[PatchOperation] = Field(description="JSON Patch (RFC 6902) on the job's `spec`.")


class FindingDocument(Document):
    """Something that goes wrong with a training, the evidence for it, and what to do."""

    object: Literal["finding"] = "finding"
    id: str | None = Field(
        pattern=pattern_of("finding"),
        description="The same for as long as the job has such a finding; `null` of a job that was not created.",
    )
    rule: str = Field(description="The rule that found it, as `GET /v1/catalog` lists them.")
    severity: Literal["error", "warning", "hint"] = Field(
        description="An `error` explains a poor result, a `warning` may, and a `hint` is worth a look."
    )
    cause: bool = Field(description="Whether no other finding explains it.")
    explained_by: str | None = Field(description="The rule whose finding explains it, or `null` if none does.")
    layer: str | None = Field(description="The name of the layer that it is about, or of the worst of several.")
    epoch: int | None = Field(description="The first epoch that shows it, or `null` if the spec alone does.")
    last_epoch: int | None = Field(description="The last epoch that shows it.")
    measured: Number = Field(description="What was measured, in `unit`.")
    threshold: Number = Field(description="What it was compared with, in `unit`.")
    unit: str
    title: str
    explanation: str = Field(description="What was seen, and what follows from it.")
    source: str = Field(description="Who says so, and how the threshold was chosen.")
    remedies: list[RemedyDocument] = Field(description="What to do, the most promising first.")
