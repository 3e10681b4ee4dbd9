"""The documents of ready networks."""

from typing import Any, Literal

from pydantic import Field

from api.answers.documents import Document
from api.answers.pages import Page


class ExampleDocument(Document):
    """A job spec that works as it is, and what it reached."""

    object: Literal["example"] = "example"
    name: str = Field(description="The name of its file in the folder `examples` of the project.")
    purpose: str = Field(description="What the network is for, and what the spec shows.")
    metric: str = Field(
        description="What `score` is: a metric of the test rows (`test_`) or, without any, of the validation "
        "rows (`val_`), of the stored weights."
    )
    score: float | None = Field(description="What the network reached, or `null` if it has not been measured yet.")
    epochs: int | None = Field(description="How many epochs it trained for.")
    training_seconds: float | None = Field(
        description="What all epochs took, on one thread of the machine in `measured_on`."
    )
    measured_on: str | None = Field(description="The machine and the versions that score and time are of.")
    parameters: int = Field(description="How many parameters the network has.")
    spec: dict[str, Any] = Field(description="A job spec: the body of `POST /v1/jobs`.")


class ExampleList(Page[ExampleDocument]):
    """All ready networks on one page, simple ones first."""
