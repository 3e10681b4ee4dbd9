"""What is sent to derive a job."""

from typing import Any, Literal

from pydantic import Field

from spec.language.declared import Section
from spec.patches.operations import MAX_OPERATIONS


class PatchOperation(Section):
    """One JSON Patch operation (RFC 6902) on the parent's spec."""

    op: Literal["add", "remove", "replace", "move", "copy", "test"]
    path: str = Field(description="RFC 6901 JSON Pointer into the spec.", examples=["/training/epochs"])
    from_: str | None = Field(default=None, alias="from", description="For `move` and `copy`: where the value is.")
    value: Any = Field(default=None, description="For `add`, `replace` and `test`: the value.")


class DerivationBody(Section):
    """How the derived job differs from its parent."""

    patch: list[PatchOperation] | None = Field(
        default=None,
        max_length=MAX_OPERATIONS,
        description="JSON Patch (RFC 6902) on the parent's `spec` as `GET /v1/jobs/{id}` shows it, including its seed. "
        "Required unless there is a `technique`.",
    )
    technique: str | None = Field(
        default=None,
        description="The name of a technique, as `GET /v1/techniques` lists them, instead of a `patch`.",
        examples=["batch_normalization"],
    )
    parameters: dict[str, Any] | None = Field(default=None, description="The parameters of the technique.")
