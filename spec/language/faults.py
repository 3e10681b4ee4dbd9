"""What is wrong with a body, said so that a client can mend it: where, what, and the nearest right spelling."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from spec.language.descriptions import describe
from spec.language.sentences import sentence_of

Location = tuple[int | str, ...]

MOST_FAULTS = 100
"""After so many faults a list, an object or a network is read no further."""


class Fault(BaseModel):
    """One fault of a body.

    Attributes:
        pointer: RFC 6901 JSON Pointer into the body that was sent (``/network/layers/3/activation``).
        message: Sentences that state the fault and the way out; where there is a suggestion, they end with it.
        code: Stable and snake_case.
        suggestion: The nearest right spelling, where there is one.
    """

    model_config = ConfigDict(frozen=True)

    pointer: str
    message: str
    code: str
    suggestion: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _end_with_suggestion(cls, value: object) -> object:
        """Whoever makes a fault leaves the suggestion to this: no message but here asks what was meant."""
        if not isinstance(value, dict):
            return value
        members = cast("dict[str, Any]", value)
        if members.get("suggestion") is None:
            return members
        question = f'Did you mean "{members["suggestion"]}"?'
        message = str(members["message"])
        return members if message.endswith(question) else {**members, "message": f"{message} {question}"}


class Advice(BaseModel):
    """A warning: something that is accepted, but is probably not what was meant.

    Attributes:
        pointer: RFC 6901 JSON Pointer to the part of the request body that the warning is about.
        message: What is doubtful, and what to do about it.
        code: A stable, machine-readable code in snake_case.
    """

    model_config = ConfigDict(frozen=True, json_schema_extra=describe)

    pointer: str
    message: str
    code: str


def pointer(location: Iterable[int | str]) -> str:
    """The RFC 6901 JSON Pointer of a location."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def fault_at(location: Iterable[int | str], message: str, code: str) -> Fault:
    """A fault at a location, without a suggestion."""
    return Fault(pointer=pointer(location), message=message, code=code)


def fault_error(
    code: str, message: str, *, at: Location = (), value: object = None, suggestion: str | None = None
) -> InitErrorDetails:
    """One line of a pydantic ``ValidationError`` that becomes a `Fault` with this code and message."""
    context: dict[str, Any] = {"sentence": message}
    if suggestion is not None:
        context["suggestion"] = suggestion
    # The code is one of the project's own literals, which PydanticCustomError's signature asks for.
    return InitErrorDetails(
        type=PydanticCustomError(code, "{sentence}", context),  # pyright: ignore[reportArgumentType]
        loc=at,
        input=value,
    )


def raise_faults(errors: Sequence[InitErrorDetails]) -> None:
    """Raise a ``ValidationError`` of these lines; within a pydantic validator, pydantic adds the outer location.

    Raises:
        ValidationError: Always, unless ``errors`` is empty.
    """
    if errors:
        raise ValidationError.from_exception_data("faults", list(errors))


def faults_of(error: ValidationError, *, under: Location = ()) -> list[Fault]:
    """The faults that a ``ValidationError`` holds, each once, in the order they were met."""
    faults: dict[Fault, None] = {}
    for line in error.errors(include_url=False):
        context = line.get("ctx", {})
        faults[
            Fault(
                pointer=pointer((*under, *_location(line))),
                message=sentence_of(line),
                code=line["type"],
                suggestion=context.get("suggestion"),
            )
        ] = None
    return list(faults)


def _location(line: ErrorDetails) -> Location:
    """Where a line's fault lies; of an object's key that is wrong, pydantic says so in a last part of its own."""
    location = line["loc"]
    is_key = location[-1:] == ("[key]",) and (line["type"].startswith("string_") or line["type"] == "bad_name")
    return location[:-1] if is_key else location
