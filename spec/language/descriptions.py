"""What the docstring of a declaration says, as clients read it: Markdown, and each attribute with its own field."""

import re
from collections.abc import Mapping
from inspect import cleandoc
from typing import Any, cast

_SECTION = re.compile(r"^(Class attributes|Attributes|Args|Raises):$")
_ATTRIBUTE = re.compile(r"^ {4}(\w+): (.*)$")


def summary_of(kind: type[Any]) -> str:
    """The first paragraph, as one line."""
    return _markdown(" ".join(_paragraphs(kind)[0].split()))


def describe(schema: dict[str, Any], kind: type[Any]) -> None:
    """Set the descriptions of a class's JSON Schema, and of its properties; for ``json_schema_extra``."""
    schema["description"] = _markdown("\n\n".join(_paragraphs(kind)))
    properties = cast("Mapping[str, dict[str, Any]]", schema.get("properties", {}))
    for name, text in _attributes(kind).items():
        if name in properties:
            properties[name]["description"] = text


def _paragraphs(kind: type[Any]) -> list[str]:
    """Those before the first section."""
    paragraphs: list[str] = []
    for paragraph in cleandoc(kind.__doc__ or kind.__name__).split("\n\n"):
        if _SECTION.match(paragraph.splitlines()[0]):
            break
        paragraphs.append(paragraph)
    return paragraphs


def _attributes(kind: type[Any]) -> dict[str, str]:
    """What the class and its bases say of each field; of two, the class that is nearer has its way."""
    told: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        name, is_inside = "", False
        for line in cleandoc(base.__dict__.get("__doc__") or "").splitlines():
            if not line.startswith(" ") and line:
                is_inside = line == "Attributes:"
            elif is_inside and (found := _ATTRIBUTE.match(line)):
                name = found[1]
                told[name] = found[2]
            elif is_inside and line and name in told:
                told[name] += " " + line.strip()
    return {name: _markdown(text) for name, text in told.items()}


def _markdown(text: str) -> str:
    return text.replace("``", "`")
