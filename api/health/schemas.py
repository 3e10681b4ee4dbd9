"""The documents of health."""

from typing import Literal

from pydantic import BaseModel, Field

API_VERSION = "v1"


class HealthDocument(BaseModel):
    """The service is alive, or ready."""

    status: Literal["ok"] = "ok"
    version: str = Field(description="Of the service.", examples=["0.1.0"])


class VersionDocument(BaseModel):
    """What runs here."""

    object: Literal["version"] = "version"
    version: str = Field(description="Of the service.", examples=["0.1.0"])
    api_version: Literal["v1"] = Field(default=API_VERSION, description="What the paths begin with.")
    python: str = Field(description="Version of the Python that the API runs on.", examples=["3.11.7"])
