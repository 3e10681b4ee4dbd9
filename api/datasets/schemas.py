"""The documents of data sets, and the parameters of the calls about them."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from api.answers.documents import Document
from api.answers.pages import Page
from api.jobs.queries import MAX_WAIT_SECONDS, WaitQuery
from api.requests.queries import PageQuery, Query
from spec.datasets.previews import MOST_PREVIEW_ROWS

DEFAULT_PREVIEW_ROWS = 20

DatasetStatus = Literal["processing", "ready", "failed"]


class DatasetFault(Document):
    """Something in a file that is not as it must be."""

    code: str
    message: str
    line: int | None = Field(default=None, description="The line of the file, from 1.")
    column: str | None = Field(default=None, description="The name of the column.")
    value: str | None = Field(default=None, description="What is there, shortened if it is long.")
    place: str | None = Field(default=None, description="Where in the file, if lines and columns do not tell.")


class DatasetError(Document):
    """Why a data set could not be read."""

    code: str
    message: str
    faults: list[DatasetFault] = Field(description="What is wrong with the file: the first 100 faults.")
    more_faults: int = Field(description="How many further faults there are at least.")


class DatasetWarning(Document):
    """Something in a data set that may not be meant."""

    code: str
    column: str | None = None
    message: str


class DatasetDocument(Document):
    """A data set."""

    object: Literal["dataset"] = "dataset"
    id: str
    name: str | None
    status: DatasetStatus = Field(description="`processing` until the file has been read.")
    format: str | None = Field(description="The format of the file, as it was described or found out.")
    rows: int | None = Field(description="Number of rows, once they have been read.")
    columns: list[dict[str, Any]] | None = Field(
        description="The columns with their types, why each was taken for its type, and their statistics."
    )
    shape: list[int] | None = Field(description="The shape of a row, if all rows have the same.")
    classes: list[Any] | None = Field(description="The classes of the target, in their order, if it has classes.")
    sha256: str = Field(description="The SHA-256 of the file.")
    size_bytes: int = Field(description="The size of the file.")
    error: DatasetError | None = Field(description="Why the file could not be read.")
    warnings: list[DatasetWarning]
    description: dict[str, Any] = Field(description="How the file was to be read, as it was sent.")
    created_at: datetime
    ended_at: datetime | None = Field(description="When the file had been read, or had turned out to be unreadable.")


class PreviewDocument(Document):
    """The first rows of a data set."""

    object: Literal["preview"] = "preview"
    columns: list[str] = Field(description="The names of the columns.")
    rows: list[list[Any]] = Field(
        description="A value for each column. `null` is a missing value. Dates are in ISO 8601, and categories, "
        "booleans and texts are strings as in the file. A picture is an object with `width`, `height` and a "
        "`thumbnail`, which is a PNG as a `data:` URI."
    )
    row_numbers: list[int] = Field(
        description="Which rows these are, counted from 1: the first ones, and of pictures in folders the first ones "
        "of each class."
    )
    total_rows: int = Field(description="Number of rows of the data set.")
    shortened: list[str] = Field(description="The columns of which long texts or large arrays were shortened.")


class DatasetDryRun(DatasetDocument):
    """A data set as it would be. Since nothing of it was kept, it has no id and no times."""

    id: None  # pyright: ignore[reportIncompatibleVariableOverride] -- a data set that is not has no id
    created_at: None  # pyright: ignore[reportIncompatibleVariableOverride] -- and was not made
    ended_at: None
    dry_run: Literal[True] = True
    preview: PreviewDocument | None = Field(description="The first rows, if the file could be read.")


class DatasetList(Page[DatasetDocument]):
    """A page of data sets, newest first."""


def _apart(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(value.split(",")) if value else ()


class DatasetsQuery(PageQuery):
    """Of GET /v1/datasets."""

    LISTS: ClassVar[frozenset[str]] = frozenset({"status"})

    status: Annotated[tuple[DatasetStatus, ...], BeforeValidator(_apart)] = Field(
        default=(), description="Only data sets with this status, or with one of several, separated by commas."
    )
    name: str | None = Field(default=None, description="Only data sets with exactly this name.")
    sha256: str | None = Field(default=None, description="Only data sets that are read from a file with this SHA-256.")


class DatasetQuery(WaitQuery):
    """Of GET /v1/datasets/{id}."""


class NewDatasetQuery(Query):
    """Of POST /v1/datasets."""

    dry_run: bool = Field(
        default=False, description="Read the file, and tell how it would be read, but keep nothing of it."
    )
    wait_seconds: float = Field(
        default=float(MAX_WAIT_SECONDS),
        gt=0,
        le=MAX_WAIT_SECONDS,
        allow_inf_nan=False,
        description="How long a dry run waits for the file to be read.",
    )


class PreviewQuery(Query):
    """Of GET /v1/datasets/{id}/preview."""

    limit: int = Field(
        default=DEFAULT_PREVIEW_ROWS,
        ge=1,
        le=MOST_PREVIEW_ROWS,
        description="Maximum number of rows. Long rows and large pictures can make the preview shorter.",
    )


class NewDatasetForm(Document):
    """A data set to create from a file."""

    description: str | None = Field(
        default=None,
        description="How the file is to be read, as a JSON object. If it comes before the file, it is checked first.",
    )
    file: bytes = Field(description="The file.")
