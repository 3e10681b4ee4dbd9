"""What is said of a data set that is to be made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, cast

from pydantic import Field

from services.errors import BodyFaulty
from spec.datasets.choice import LONGEST_NAME
from spec.ids import pattern_of
from spec.language.declared import Section, rule
from spec.language.faults import Fault, fault_error, raise_faults
from spec.language.numbers import encode_json
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
    description: dict[str, Any] | None = Field(
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
        name: Of the data set.
        format: Of the file, if it is said.
        members: All that is said.
    """

    name: str | None
    format: str | None
    members: dict[str, Any]

    @property
    def json(self) -> str:
        """All that is said, as JSON."""
        return encode_json(self.members)


def read_body(body: object) -> tuple[NewDatasetBody, Described]:
    """What a JSON body asks for.

    Raises:
        BodyFaulty: If anything is wrong with it.
    """
    read = read_section(NewDatasetBody, body, at=())
    if read.section is None:
        raise BodyFaulty(read.faults)
    return read.section, read_description(read.section.description)


def read_description(value: object) -> Described:
    """A description, which may be missing.

    Raises:
        BodyFaulty: If anything is wrong with it; its pointers begin with ``/description``.
    """
    if value is None:
        return Described(None, None, {})
    if not isinstance(value, dict):
        raise BodyFaulty([_fault("", "dict_type", NewDatasetBody.EXPLAINED[DESCRIPTION])])
    members = cast("dict[str, Any]", value)
    faults: list[Fault] = []
    for field in ("name", "format"):
        said = members.get(field)
        if said is not None and not (isinstance(said, str) and 1 <= len(said) <= LONGEST_NAME):
            faults.append(
                _fault(f"/{field}", "string_length", f"This must be a text of 1 to {LONGEST_NAME} characters.")
            )
    if faults:
        raise BodyFaulty(faults)
    return Described(members.get("name"), members.get("format"), members)


def _fault(pointer: str, code: str, message: str) -> Fault:
    return Fault(pointer=f"/{DESCRIPTION}{pointer}", message=message, code=code)
