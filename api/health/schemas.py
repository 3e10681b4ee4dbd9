"""The documents of health."""

from typing import Literal

from pydantic import BaseModel, Field

API_VERSION = "v1"


class HealthDocument(BaseModel):
    """The service is alive or ready."""

    status: Literal["ok"] = "ok"
    version: str = Field(description="The version of the service.", examples=["0.1.0"])


class VersionDocument(BaseModel):
    """The versions of what is running."""

    object: Literal["version"] = "version"
    version: str = Field(description="The version of the service.", examples=["0.1.0"])
    api_version: Literal["v1"] = Field(
        default=API_VERSION, description="The version of the API, with which its paths begin."
    )
    python: str = Field(description="The version of Python that the API runs on.", examples=["3.11.7"])
