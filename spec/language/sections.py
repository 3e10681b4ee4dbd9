"""Sections read as far as they can be read, so that one fault hides no other."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from pydantic import ValidationError

from spec.language.declared import Section, without_required
from spec.language.faults import Fault, Location, faults_of

Kind = TypeVar("Kind", bound=Section)


@dataclass(frozen=True)
class ReadSection(Generic[Kind]):
    """What could be read of a section.

    Attributes:
        section: The section; None where anything is wrong with it.
        sound: Its fields that nothing is wrong with, defaults among them.
        faults: What is wrong.
    """

    section: Kind | None
    sound: dict[str, Any]
    faults: list[Fault]

    def get(self, field: str, otherwise: Any = None) -> Any:  # noqa: ANN401 - a field of any type
        """A sound field's value."""
        return self.sound.get(field, otherwise)


def read_section(kind: type[Kind], body: object, *, at: Location) -> ReadSection[Kind]:
    """Read a section; never raises for what was sent.

    Args:
        kind: The section's class.
        body: What was sent for it.
        at: Where it stands in the whole body.
    """
    try:
        section = kind.model_validate(body)
    except ValidationError as error:
        members: dict[str, object] = cast("Any", body) if isinstance(body, dict) else {}
        return ReadSection(None, _sound_fields(kind, members, error), faults_of(error, under=at))
    return ReadSection(section, {name: getattr(section, name) for name in kind.model_fields}, [])


def _sound_fields(kind: type[Section], members: dict[str, object], error: ValidationError) -> dict[str, Any]:
    faulty = {line["loc"][0] for line in error.errors(include_url=False, include_input=False) if line["loc"]}
    names = [name for name in kind.model_fields if name not in faulty]
    sent = {name: members[name] for name in names if name in members}
    part = without_required(kind).model_validate(sent)
    return {name: getattr(part, name) for name in names}
