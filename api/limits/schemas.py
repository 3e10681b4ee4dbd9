"""The document of the limits."""

from typing import Literal

from pydantic import BaseModel


class LimitsDocument(BaseModel):
    """How much of everything is accepted."""

    object: Literal["limits"] = "limits"
    max_body_bytes: int
    max_body_depth: int
    max_body_values: int
    max_memory_bytes: int
    max_page_items: int
    max_metrics_rows: int
