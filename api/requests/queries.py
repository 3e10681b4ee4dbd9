"""Query strings as models: every parameter declared, unknown and repeated ones refused with the nearest name."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from api.answers.errors import QueryFaulty
from api.serving.metering import meter_of
from spec.language.faults import MOST_FAULTS, Fault
from spec.language.sentences import sentence_of
from spec.language.suggestions import bounded_suggestions, nearest

MAX_PAGE_ITEMS = 100
_MEMBER = re.compile(r"(\w+)\[(.*)\]", re.DOTALL)


class Query(BaseModel):
    """The parameters of one route.

    A field that is a mapping is said as ``name[key]=value``, and a list as ``name=one,other``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    MAPPINGS: ClassVar[frozenset[str]] = frozenset()
    """The names of the fields that are mappings."""
    LISTS: ClassVar[frozenset[str]] = frozenset()
    """Those of the fields that are lists."""

    @classmethod
    def of(cls, request: Request) -> Self:
        """The request's parameters.

        Raises:
            QueryFaulty: If one is unknown, said twice or out of its range; all faults at once.
        """
        pairs = request.query_params.multi_items()
        if not pairs:
            return cls()
        with meter_of(request).running(), bounded_suggestions():
            return cls._read(pairs)

    @classmethod
    def _read(cls, pairs: Sequence[tuple[str, str]]) -> Self:
        faults = [
            (name, _fault("repeated_parameter", f'"{name[:100]}" was given {count} times. Give it once.'))
            for name, count in Counter(name for name, _ in pairs).items()
            if count > 1
        ]
        said, refused = cls._gather(pairs)
        faults += refused
        try:
            query = cls.model_validate(said)
        except ValidationError as error:
            faults.extend(cls._explain(error))
        else:
            if not faults:
                return query
        raise QueryFaulty(faults[:MOST_FAULTS])

    @classmethod
    def _gather(cls, pairs: Sequence[tuple[str, str]]) -> tuple[dict[str, Any], list[tuple[str, Fault]]]:
        """What is said of each field, members of mappings together; and what can be said of none."""
        said: dict[str, Any] = {}
        faults: list[tuple[str, Fault]] = []
        for name, value in pairs:
            if "\0" in name or "\0" in value:
                faults.append((name, _fault("unstorable_text", "A parameter must not contain NUL.")))
                continue
            member = _MEMBER.fullmatch(name)
            if member and member[1] in cls.MAPPINGS:
                said.setdefault(member[1], {})[member[2]] = value
            elif name in cls.MAPPINGS:
                faults.append((name, _fault("member_missing", f"`{name}` must be written as `{name}[key]=value`.")))
            else:
                said[name] = value
        return said, faults

    @classmethod
    def _explain(cls, error: ValidationError) -> list[tuple[str, Fault]]:
        known = list(cls.model_fields)
        faults: list[tuple[str, Fault]] = []
        for line in error.errors(include_url=False, include_input=False)[:MOST_FAULTS]:
            name = str(line["loc"][0]) if line["loc"] else ""
            if line["type"] == "extra_forbidden":
                suggestion = nearest(name, known)
                known_ones = "" if suggestion else _known(known)
                message = f'"{name[:100]}" is not a parameter of this call{known_ones}.'
                faults.append((name, _fault("unknown_parameter", message, suggestion)))
            else:
                faults.append((name, _fault(line["type"], sentence_of(line))))
        return faults

    @classmethod
    def openapi_parameters(cls) -> list[dict[str, Any]]:
        """The parameters as the OpenAPI document shows them."""
        parameters: list[dict[str, Any]] = []
        for name, schema in (
            cls.model_json_schema(ref_template="#/components/schemas/{model}").get("properties", {}).items()
        ):
            shown = {key: value for key, value in schema.items() if key not in {"title", "description", "default"}}
            variants = [variant for variant in shown.get("anyOf", []) if variant != {"type": "null"}]
            if len(variants) == 1:
                shown = variants[0]
            if schema.get("default") not in (None, []):
                shown["default"] = schema["default"]
            parameter: dict[str, Any] = {"name": name, "in": "query", "required": False, "schema": shown}
            if "description" in schema:
                parameter["description"] = schema["description"]
            if name in cls.MAPPINGS:
                parameter |= {"style": "deepObject", "explode": True}
            if name in cls.LISTS:
                parameter |= {"style": "form", "explode": False}
            parameters.append(parameter)
        return parameters


class NoQuery(Query):
    """Of a call that takes no parameters."""


class PageQuery(Query):
    """Of a call that answers a list page by page."""

    limit: int = Field(
        default=20,
        ge=1,
        le=MAX_PAGE_ITEMS,
        description="Maximum number of items. Large ones can make the page shorter, as `has_more` shows.",
    )
    cursor: str | None = Field(default=None, description="The `next_cursor` of the previous page.")


def _known(names: Sequence[str]) -> str:
    return f". It takes {', '.join(f'`{name}`' for name in names)}" if names else ", which takes none"


def _fault(code: str, message: str, suggestion: str | None = None) -> Fault:
    return Fault(pointer="", message=message, code=code, suggestion=suggestion)
