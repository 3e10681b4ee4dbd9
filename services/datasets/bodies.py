"""What is said of a data set that is to be made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.errors import BodyFaulty
from spec.datasets.descriptions import DatasetDescription
from spec.ids import pattern_of
from spec.language.declared import Section, rule
from spec.language.faults import fault_error, raise_faults
from spec.language.sections import read_section

DESCRIPTION = "description"


class NewDatasetBody(Section):
    """A data set to create from bytes that are there already: those of another data set, or of a complete upload."""

    EXPLAINED: ClassVar[Mapping[str, str]] = {
        "from": "This must be the id of a data set, such as ds_ and 26 characters.",
        "upload": "This must be the id of an upload, such as up_ and 26 characters.",
        DESCRIPTION: 'This must be an object such as {"name": "adults", "target": "income"}.',
    }

    source: Annotated[str, Field(pattern=pattern_of("ds"))] | None = Field(
        default=None, alias="from", description="The id of a data set whose file is read again."
    )
    upload: Annotated[str, Field(pattern=pattern_of("up"))] | None = Field(
        default=None, description="The id of a complete upload."
    )
    description: DatasetDescription | None = Field(
        default=None, description="How the file is to be read. What is not described is taken from all of its rows."
    )

    @rule
    def _check_source(self) -> None:
        if (self.source is None) == (self.upload is None):
            raise_faults([fault_error("one_source", "Give either `from` or `upload`.")])


@dataclass(frozen=True, slots=True)
class Described:
    """How a file is to be read.

    Attributes:
        said: All that is said of it.
    """

    said: DatasetDescription

    @property
    def members(self) -> dict[str, Any]:
        """What was sent, without what follows from nothing."""
        return self.said.model_dump(mode="json", exclude_unset=True)


def read_body(body: object) -> tuple[NewDatasetBody, Described]:
    """What a JSON body asks for.

    Raises:
        BodyFaulty: If anything is wrong with it.
    """
    read = read_section(NewDatasetBody, body, at=())
    if read.section is None:
        raise BodyFaulty(read.faults)
    return read.section, Described(read.section.description or DatasetDescription())


def read_description(value: object) -> Described:
    """A description.

    Raises:
        BodyFaulty: If anything is wrong with it; its pointers begin with ``/description``.
    """
    read = read_section(DatasetDescription, value, at=(DESCRIPTION,))
    if read.section is None:
        raise BodyFaulty(read.faults)
    return Described(read.section)
