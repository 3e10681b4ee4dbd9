"""What is sent to derive a job."""

from typing import Any, Literal

from pydantic import Field

from spec.declared import Section
from spec.patches.operations import MAX_OPERATIONS


class PatchOperation(Section):
    """One operation of RFC 6902 on the parent's spec."""

    op: Literal["add", "remove", "replace", "move", "copy", "test"]
    path: str = Field(description="RFC 6901 JSON Pointer into the spec.", examples=["/training/epochs"])
    from_: str | None = Field(default=None, alias="from", description="Of `move` and `copy`: where the value is.")
    value: Any = Field(default=None, description="Of `add`, `replace` and `test`.")


class DerivationBody(Section):
    """How a job differs from its parent."""

    patch: list[PatchOperation] = Field(
        max_length=MAX_OPERATIONS,
        description="JSON Patch (RFC 6902) on the parent's spec as the parent's document shows it, its seed included.",
    )
