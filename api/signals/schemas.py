"""The document of what was measured of a layer, and what can be asked for."""

from typing import Any

from pydantic import Field, create_model

from api.answers.documents import Document
from api.answers.pages import Page
from api.jobs.queries import DEFAULT_METRICS_ROWS, MAX_EPOCH, MAX_METRICS_ROWS
from api.jobs.schemas import Number
from api.requests.queries import Query
from spec.signals import SIGNALS


class SignalsQuery(Query):
    """Of GET /v1/jobs/{id}/signals."""

    layer: str | None = Field(default=None, description="Only rows of the layer with this name.")
    after_epoch: int | None = Field(default=None, ge=0, le=MAX_EPOCH, description="Only epochs after this one.")
    limit: int = Field(
        default=DEFAULT_METRICS_ROWS,
        ge=1,
        le=MAX_METRICS_ROWS,
        description="The most rows of the page. It has fewer, with `has_more`, where they are long.",
    )
    cursor: str | None = Field(default=None, description="The `next_cursor` of the page before.")


class _LayerDocument(Document):
    """The signals of one layer after one epoch. A signal without a meaning for the layer is null."""

    epoch: int = Field(description="From 1.")
    layer: str = Field(description="The layer's name.")


_FIELDS: dict[str, Any] = {
    name: (Number | None, Field(description=description)) for name, description in SIGNALS.items()
}
SignalsDocument = create_model("SignalsDocument", __base__=_LayerDocument, __doc__=_LayerDocument.__doc__, **_FIELDS)


class SignalsList(Page[SignalsDocument]):  # pyright: ignore[reportInvalidTypeForm] -- made of the list of signals
    """Rows by epoch, and within an epoch in the order of the layers."""
