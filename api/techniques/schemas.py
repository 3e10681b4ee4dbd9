"""The documents of techniques."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from api.answers.documents import Document
from api.answers.pages import Page
from api.derivations.schemas import PatchOperation
from spec.jobs import JobSpec
from spec.language.declared import Section
from spec.patches.operations import MAX_OPERATIONS


class ParameterDocument(Document):
    """A parameter of a technique, with JSON Schema's words for what it takes, such as `type` and `minimum`."""

    model_config = ConfigDict(extra="allow")

    name: str
    required: bool
    description: str | None = None
    default: Any = Field(default=None, description="What it is unless it is given.")


class TechniqueDocument(Document):
    """A technique: a move on a job spec."""

    object: Literal["technique"] = "technique"
    name: str
    title: str
    purpose: str = Field(description="What it is for, in a sentence.")
    section: str | None = Field(description="The section of the notebook that has it, or `null` if none does.")
    source: str = Field(description="Who proposed it: authors, year and title.")
    parameters: list[ParameterDocument]
    remedy_for: list[str] = Field(description="The rules of the coach that name it as a remedy.")


class TechniqueList(Page[TechniqueDocument]):
    """All techniques, on one page."""


class TechniquePreviewBody(Section):
    """A job spec, and the parameters of the technique."""

    spec: JobSpec
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="The parameters of the technique. By default, those of the technique."
    )


class TechniquePreviewDocument(Document):
    """What a technique would do to a spec."""

    object: Literal["technique_preview"] = "technique_preview"
    technique: str
    applies: bool
    patch: list[PatchOperation] = Field(
        max_length=MAX_OPERATIONS,
        description="JSON Patch (RFC 6902) on the spec as it was sent; empty if the technique does not apply.",
    )
    reason: str = Field(description="What it does and why, or why it does not apply.")
