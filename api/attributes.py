"""What a class says of its attributes stands, in the OpenAPI document, with the attributes."""

import re
from collections.abc import Mapping
from textwrap import dedent
from typing import Any, cast

Schema = dict[str, Any]

_SECTION = re.compile(r"\n\nAttributes:\n(?P<entries>(?: {4}.*(?:\n|$))+)")
_ENTRY = re.compile(r"^(?P<name>\w+): (?P<text>.*(?:\n {4}.*)*)", re.MULTILINE)


def with_attributes(schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """The schemas; a docstring's section of attributes is no longer a part of its class's description.

    A field that says itself what it is keeps what it says.
    """
    return {name: _told(schema) for name, schema in schemas.items()}


def _told(schema: Schema) -> Schema:
    description = str(schema.get("description", ""))
    section = _SECTION.search(description)
    if section is None:
        return schema
    properties = cast("dict[str, Schema]", schema.get("properties", {}))
    told = {entry["name"]: " ".join(entry["text"].split()) for entry in _ENTRY.finditer(dedent(section["entries"]))}
    described = {
        name: {"description": told[name], **field} if name in told else field for name, field in properties.items()
    }
    rest = description[: section.start()] + description[section.end() :]
    return {**schema, "description": rest.strip(), "properties": described}
