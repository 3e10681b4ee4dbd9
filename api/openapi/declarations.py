"""What the OpenAPI document says of a route; the document's models are gathered from here."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import Response

from api.answers.conditional import KEPT
from api.answers.errors import QueryFaulty, RateLimited
from api.answers.problems import problem_answers
from api.requests.queries import NoQuery, Query
from api.resource import Resource

Model: TypeAlias = type[BaseModel]
GatheredModel: TypeAlias = Callable[[Sequence[Resource]], Model]
"""A model of what all resources declare."""

_COMPONENTS = "#/components/schemas/"
_FILES = frozenset({"application/octet-stream", "application/offset+octet-stream", "application/zip"})
"""What is bytes, not text."""


@dataclass(frozen=True)
class Shown:
    """One possible answer, or a request's body, in the OpenAPI document.

    Attributes:
        text: What it is, in a sentence.
        model: Its model; of none, the content is described by its media types alone.
        media_types: What it may be written in.
        examples: Named examples, each ``{"summary": …, "value": …}``.
        headers: Names of headers and what they say.
        links: OpenAPI's links, to calls that take something of this answer.
        models: Of media types other than JSON, the models of theirs; of a stream, that of one event.
        examples_of: Of media types that have examples of their own, those.
    """

    text: str
    model: Model | GatheredModel | None = None
    media_types: tuple[str, ...] = ("application/json",)
    examples: Mapping[str, Any] = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    links: Mapping[str, Any] = field(default_factory=dict[str, Any])
    models: Mapping[str, Model] = field(default_factory=dict[str, Model])
    examples_of: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    def content(self, resources: Sequence[Resource]) -> dict[str, Any]:
        """OpenAPI's media type objects."""
        models = self.models_by_media_type(resources)
        content: dict[str, Any] = {}
        for media_type in self.media_types:
            shown: dict[str, Any] = {"schema": {"type": "string"}}
            if media_type in models:
                shown = {"schema": {"$ref": _COMPONENTS + models[media_type].__name__}}
            elif media_type in _FILES:
                shown = {"schema": {"type": "string", "format": "binary"}}
            if examples := self.examples_of.get(media_type, self.examples):
                shown["examples"] = dict(examples)
            content[media_type] = shown
        return content

    def models_by_media_type(self, resources: Sequence[Resource]) -> dict[str, Model]:
        """The model of each media type that has one."""
        if self.model is None:
            return dict(self.models)
        model = self.model if isinstance(self.model, type) else self.model(resources)
        return {**self.models, "application/json": model}


_TAG = {"ETag": "Identifies this state; to be sent as `If-None-Match`."}
_NOT_MODIFIED = Shown("Nothing has changed since the state that `If-None-Match` names.", media_types=())


@dataclass(frozen=True)
class SentHeader:
    """A header that may be sent.

    Attributes:
        text: What it says.
        schema: What it must look like, as JSON Schema.
        is_required: Whether it must be sent.
    """

    text: str
    schema: Mapping[str, Any]
    is_required: bool = False


class Operation(dict[str, Any]):
    """A route's part of the OpenAPI document, in what FastAPI takes as additions to its own.

    What depends on the other resources, the meaning of errors and the models, is told by `complete`.
    """

    def __init__(
        self,
        answers: Sequence[tuple[int, Shown]],
        problems: Sequence[type[Exception]],
        body: Shown | None,
        parameters: Sequence[dict[str, Any]],
    ) -> None:
        super().__init__({"parameters": list(parameters)} if parameters else {})
        self._answers = answers
        self._problems = problems
        self._body = body

    @property
    def sent_headers(self) -> set[str]:
        """The headers that a request may carry, beside those that any may."""
        return {one["name"] for one in self.get("parameters", ()) if one["in"] == "header"}

    @property
    def answered_headers(self) -> set[str]:
        """The headers of its answers, beside those that any may have."""
        return {name for _, shown in self._answers for name in shown.headers}

    def models(self, resources: Sequence[Resource]) -> Iterator[Model]:
        """The models of its body and its answers."""
        for shown in (*([] if self._body is None else [self._body]), *(shown for _, shown in self._answers)):
            yield from shown.models_by_media_type(resources).values()

    def complete(self, resources: Sequence[Resource]) -> dict[int | str, dict[str, Any]]:
        """Its answers and problems as FastAPI takes them, once all resources are known; the body is added here."""
        responses = problem_answers(*self._problems)
        for status, shown in self._answers:
            responses[status] = {"description": shown.text, "content": shown.content(resources)}
            if shown.headers:
                responses[status]["headers"] = {
                    name: {"description": text, "schema": {"type": "string"}} for name, text in shown.headers.items()
                }
            if shown.links:
                responses[status]["links"] = dict(shown.links)
        if self._body is not None:
            content = self._body.content(resources)
            self["requestBody"] = {"required": True, "description": self._body.text, "content": content}
        return responses


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
    parameters = query.openapi_parameters()
    for name, said in (headers or {}).items():
        header = said if isinstance(said, SentHeader) else SentHeader(said, {})
        schema = {"type": "string", **header.schema}
        parameters.append(
            {
                "name": name,
                "in": "header",
                "required": header.is_required,
                "schema": schema,
                "description": header.text,
            }
        )
    every = (*problems, QueryFaulty, *((RateLimited,) if is_limited else ()))
    # With FastAPI's own class of answers every call would be said to give JSON as well.
    told = {"openapi_extra": Operation(answers, every, body, parameters), "response_class": Response}
    return {"status_code": answers[0][0], **told}


def operations_of(resources: Iterable[Resource]) -> Iterator[tuple[APIRoute, Operation]]:
    """Every call of the resources that is declared by `operation`."""
    for resource in resources:
        for route in resource.routes:
            if isinstance(route.openapi_extra, Operation):
                yield route, route.openapi_extra


def methods_of(resources: Sequence[Resource]) -> set[str]:
    """The methods of the calls."""
    return {method for route, _ in operations_of(resources) for method in route.methods or ()}


def sent_headers_of(resources: Sequence[Resource]) -> set[str]:
    """The headers that some calls take."""
    return {name for _, told in operations_of(resources) for name in told.sent_headers}


def answered_headers_of(resources: Sequence[Resource]) -> set[str]:
    """The headers that some answers have."""
    return {name for _, told in operations_of(resources) for name in told.answered_headers}


def _tagged(status: int, shown: Shown) -> tuple[int, Shown]:
    return status, replace(shown, headers={**_TAG, **shown.headers})
