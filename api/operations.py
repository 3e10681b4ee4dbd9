"""What the OpenAPI document says of a route; the document's models are named here and gathered in `api.openapi`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api.errors import QueryFaulty, RateLimited
from api.problems import problem_answers
from api.queries import NoQuery, Query

_COMPONENTS = "#/components/schemas/"


@dataclass(frozen=True)
class Shown:
    """One possible answer, or a request's body, in the OpenAPI document.

    Attributes:
        text: What it is, in a sentence.
        model: The name of its model; of none, the content is described by its media types alone.
        media_types: What it may be written in.
        examples: Named examples, each ``{"summary": …, "value": …}``.
        headers: Names of headers and what they say.
    """

    text: str
    model: str | None = None
    media_types: tuple[str, ...] = ("application/json",)
    examples: Mapping[str, Any] = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def content(self) -> dict[str, Any]:
        """OpenAPI's media type objects."""
        content: dict[str, Any] = {}
        for media_type in self.media_types:
            shown: dict[str, Any] = {"schema": {"type": "string"}}
            if media_type == "application/json" and self.model:
                shown = {"schema": {"$ref": _COMPONENTS + self.model}}
            elif media_type == "application/octet-stream":
                shown = {"schema": {"type": "string", "format": "binary"}}
            if self.examples:
                shown["examples"] = dict(self.examples)
            content[media_type] = shown
        return content


def operation(
    *answers: tuple[int, Shown],
    problems: tuple[type[Exception], ...] = (),
    query: type[Query] = NoQuery,
    body: Shown | None = None,
    headers: Mapping[str, str] | None = None,
    is_limited: bool = True,
) -> dict[str, Any]:
    """Arguments of a route's decorator.

    Args:
        answers: Status and answer.
        problems: The errors that the route may raise.
        query: The route's parameters; that they may be faulty goes without saying.
        body: What is sent.
        headers: Names of headers that may be sent and what they say.
        is_limited: Whether calls are counted: those of ``/v1`` are.
    """
    responses = problem_answers(*problems, QueryFaulty, *((RateLimited,) if is_limited else ()))
    for status, shown in answers:
        responses[status] = {"description": shown.text, "content": shown.content()}
        if shown.headers:
            responses[status]["headers"] = {
                name: {"description": text, "schema": {"type": "string"}} for name, text in shown.headers.items()
            }
    extra: dict[str, Any] = {}
    parameters = query.openapi_parameters()
    parameters += [
        {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": text}
        for name, text in (headers or {}).items()
    ]
    if parameters:
        extra["parameters"] = parameters
    if body is not None:
        extra["requestBody"] = {"required": True, "description": body.text, "content": body.content()}
    return {"status_code": answers[0][0], "responses": responses, "openapi_extra": extra}
