"""The document of what was measured of a layer, and what can be asked for."""

from typing import Any

from pydantic import Field, create_model

from api.answers.documents import Document, Number
from api.answers.pages import Page
from api.jobs.queries import DEFAULT_METRICS_ROWS, MAX_EPOCH, MAX_METRICS_ROWS
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


class _FirstDocument(Document):
    """The signals of one layer with the weights that the training began with. One without a meaning is null."""

    layer: str = Field(description="The layer's name.")


FirstSignalsDocument = create_model(
    "FirstSignalsDocument", __base__=_FirstDocument, __doc__=_FirstDocument.__doc__, **_FIELDS
)


class ColumnsDocument(Document):
    """What the training rows of one input are like, as the network gets them."""

    least: Number = Field(description="The smallest number.")
    most: Number = Field(description="The largest number.")
    mean: Number = Field(description="The mean of all numbers.")
    deviation: Number = Field(description="The standard deviation of all numbers.")
    largest_scale: Number = Field(
        description="The greatest root mean square of a column of a table. Pictures and sequences are one column."
    )
    smallest_scale: Number = Field(
        description="The smallest root mean square of a column that is not constant, or of all of them if all are."
    )


class StartDocument(Document):
    """What was seen once: the training rows, and the network ahead of its first step."""

    train_rows: int = Field(description="How many rows an epoch has.")
    inputs: dict[str, ColumnsDocument] = Field(
        description="The ranges of each input by its name, of a sample of rows where there are many."
    )
    class_rows: list[int] = Field(
        description="The rows of each class, in the order of the classes. It is empty if the target is a number."
    )
    target_mean: Number | None = Field(description="The mean of a target of numbers.")
    target_deviation: Number | None = Field(description="The standard deviation of a target of numbers.")
    loss: Number | None = Field(description="The loss on the rows of the probe, with penalties and with dropout.")
    signals: list[FirstSignalsDocument] = Field(  # pyright: ignore[reportInvalidTypeForm, reportUnknownVariableType]
        description="The signals of each layer on the rows of the probe. There is no `update_ratio` before a step."
    )


class SignalsList(Page[SignalsDocument]):  # pyright: ignore[reportInvalidTypeForm] -- made of the list of signals
    """Rows by epoch, and within an epoch in the order of the layers."""

    start: StartDocument | None = Field(
        description="What was seen once of the training. It is null before the first epoch has ended, for a job "
        "without signals, and on pages that do not begin with the first row."
    )
