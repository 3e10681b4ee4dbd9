"""The documents of health."""

from typing import Literal

from pydantic import BaseModel


class HealthDocument(BaseModel):
    """The service is alive, or ready."""

    status: Literal["ok"] = "ok"
