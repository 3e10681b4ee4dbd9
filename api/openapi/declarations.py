"""What the OpenAPI document says of a route; the document's models are named here and gathered in `api.app`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.responses import Response

from api.answers.conditional import KEPT
from api.answers.errors import QueryFaulty, RateLimited
from api.answers.problems import problem_answers
from api.requests.queries import NoQuery, Query

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
        links: OpenAPI's links, to calls that take something of this answer.
        models: Of media types other than JSON, the names of theirs; of a stream, that of one event.
    """

    text: str
    model: str | None = None
    media_types: tuple[str, ...] = ("application/json",)
    examples: Mapping[str, Any] = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    links: Mapping[str, Any] = field(default_factory=dict[str, Any])
    models: Mapping[str, str] = field(default_factory=dict[str, str])

    def content(self) -> dict[str, Any]:
        """OpenAPI's media type objects."""
        content: dict[str, Any] = {}
        for media_type in self.media_types:
            shown: dict[str, Any] = {"schema": {"type": "string"}}
            if media_type == "application/json" and self.model:
                shown = {"schema": {"$ref": _COMPONENTS + self.model}}
            elif media_type in self.models:
                shown = {"schema": {"$ref": _COMPONENTS + self.models[media_type]}}
            elif media_type in {"application/octet-stream", "application/zip"}:
                shown = {"schema": {"type": "string", "format": "binary"}}
            if self.examples:
                shown["examples"] = dict(self.examples)
            content[media_type] = shown
        return content


_TAG = {"ETag": "Identifies this state; to be sent as `If-None-Match`."}
_NOT_MODIFIED = Shown("Nothing has changed since the state that `If-None-Match` names.", media_types=())


@dataclass(frozen=True)
class SentHeader:
    """A header that may be sent.

    Attributes:
        text: What it says.
        schema: What it must look like, as JSON Schema.
    """

    text: str
    schema: Mapping[str, Any]


def operation(  # noqa: PLR0913 -- all but the answers by keyword
    *answers: tuple[int, Shown],
    problems: tuple[type[Exception], ...] = (),
    query: type[Query] = NoQuery,
    body: Shown | None = None,
    headers: Mapping[str, str | SentHeader] | None = None,
    is_limited: bool = True,
    is_conditional: bool = False,
) -> dict[str, Any]:
    """Arguments of a route's decorator.

    Args:
        answers: Status and answer.
        problems: The errors that the route may raise.
        query: The route's parameters; that they may be faulty goes without saying.
        body: What is sent.
        headers: Names of headers that may be sent and what they say.
        is_limited: Whether calls are counted: those of ``/v1`` are.
        is_conditional: Whether the answers have an ``ETag`` that may be sent back.
    """
    if is_conditional:
        kept = {name: text for _, shown in answers for name, text in shown.headers.items() if name.lower() in KEPT}
        unchanged = replace(_NOT_MODIFIED, headers={**_TAG, **kept})
        answers = (*(_tagged(status, shown) for status, shown in answers), (304, unchanged))
        headers = {
            **(headers or {}),
            "If-None-Match": "The `ETag` of an earlier answer. If nothing has changed since, the answer is 304.",
        }
    responses = problem_answers(*problems, QueryFaulty, *((RateLimited,) if is_limited else ()))
    for status, shown in answers:
        responses[status] = {"description": shown.text, "content": shown.content()}
        if shown.headers:
            responses[status]["headers"] = {
                name: {"description": text, "schema": {"type": "string"}} for name, text in shown.headers.items()
            }
        if shown.links:
            responses[status]["links"] = dict(shown.links)
    extra: dict[str, Any] = {}
    parameters = query.openapi_parameters()
    for name, said in (headers or {}).items():
        header = said if isinstance(said, SentHeader) else SentHeader(said, {})
        schema = {"type": "string", **header.schema}
        parameters.append(
            {"name": name, "in": "header", "required": False, "schema": schema, "description": header.text}
        )
    if parameters:
        extra["parameters"] = parameters
    if body is not None:
        extra["requestBody"] = {"required": True, "description": body.text, "content": body.content()}
    # With FastAPI's own class of answers every call would be said to give JSON as well.
    told = {"responses": responses, "openapi_extra": extra, "response_class": Response}
    return {"status_code": answers[0][0], **told}


def _tagged(status: int, shown: Shown) -> tuple[int, Shown]:
    return status, replace(shown, headers={**_TAG, **shown.headers})
