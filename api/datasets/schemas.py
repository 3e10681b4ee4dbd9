"""The documents of data sets, and the parameters of the calls about them."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from api.answers.documents import Document
from api.answers.pages import Page
from api.jobs.queries import WaitQuery
from api.requests.queries import PageQuery

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


class NewDatasetForm(Document):
    """A data set to create from a file."""

    description: str | None = Field(
        default=None,
        description="How the file is to be read, as a JSON object. If it comes before the file, it is checked first.",
    )
    file: bytes = Field(description="The file.")
