"""Calls as most resources have them: how they are declared, and how they are answered."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import conditional
from api.answers.documents import Json
from api.answers.pages import page
from api.context import context_of, services_of
from api.openapi.declarations import GatheredModel, Model, Shown, operation
from api.requests import bodies, idempotency
from api.requests.bodies import read_json
from api.requests.queries import NoQuery, PageQuery, Query
from db.projects.idempotency import Answer
from services.creations import Creation

Made = TypeVar("Made")
Row = TypeVar("Row")

_Document = dict[str, Any]
_Problem = type[Exception]


def creation(
    *answers: tuple[int, Shown], problems: tuple[_Problem, ...], body: Shown, query: type[Query] = NoQuery
) -> dict[str, Any]:
    """Arguments of the decorator of a route that creates something once, however often it is asked to.

    Args:
        answers: Status and answer.
        problems: Those beside what may be wrong with any body and any idempotency key.
        body: What is sent.
        query: The route's parameters.
    """
    return operation(
        *answers,
        problems=(*bodies.PROBLEMS, *idempotency.PROBLEMS, *problems),
        query=query,
        headers={idempotency.HEADER: idempotency.DESCRIPTION},
        body=body,
    )


def listing(text: str, model: Model, *problems: _Problem, query: type[Query] = PageQuery) -> dict[str, Any]:
    """Arguments of the decorator of a route that lists things."""
    return operation((200, Shown(text, model)), problems=problems, query=query, is_conditional=True)


def reading(
    text: str,
    model: Model | GatheredModel,
    *problems: _Problem,
    query: type[Query] = NoQuery,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Arguments of the decorator of a route that reads one thing; ``headers`` are those of its answer."""
    return operation(
        (200, Shown(text, model, headers=headers or {})), problems=problems, query=query, is_conditional=True
    )


def removal(text: str, *problems: _Problem) -> dict[str, Any]:
    """Arguments of the decorator of a route that takes something away."""
    return operation((204, Shown(text, media_types=())), problems=problems)


async def created_in_secret(
    request: Request,
    create: Callable[..., Awaitable[Creation[Made]]],
    told: Callable[[Made], Answer],
    kept: Callable[[Made], Answer],
) -> Response:
    """The answer to who creates something with a secret.

    Args:
        request: What is asked.
        create: The service: it takes its context, the caller, the body and what is asked with an idempotency key.
        told: What is answered of what was made.
        kept: What is kept of that, to be answered again.
    """
    NoQuery.of(request)
    context, caller = context_of(request), caller_of(request)
    body = await read_json(request, limit_bytes=context.settings.max_body_bytes)
    keyed = idempotency.keyed(request, caller, body, kept)
    return idempotency.created_in_secret(await create(context.services, caller, body, keyed), told)


def listed(
    request: Request,
    found: tuple[Iterable[Row], str | None],
    document_of: Callable[[Row], _Document],
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer to who lists things.

    Args:
        request: What is asked.
        found: The rows of the page, and what the next one starts behind.
        document_of: What is shown of a row.
        headers: Of the answer.
    """
    rows, next_after = found
    answer = Json(page([document_of(row) for row in rows], next_after=next_after), headers=headers)
    return conditional(request, answer)


async def done(request: Request, act: Callable[..., Awaitable[None]], *ids: str) -> Response:
    """The empty answer to who asks for something that leaves nothing to be shown.

    Args:
        request: What is asked.
        act: The service: it takes its context, the caller and the ids.
        ids: Of the path.
    """
    NoQuery.of(request)
    await act(services_of(request), caller_of(request), *ids)
    return Response(status_code=204)


async def outcome(
    request: Request,
    act: Callable[..., Awaitable[Row]],
    *ids: str,
    document_of: Callable[[Row], _Document],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer to who asks for something that needs no more words than the path has.

    Args:
        request: What is asked.
        act: The service: it takes its context, the caller and the ids, and gives what came of it.
        ids: Of the path.
        document_of: What is shown of that.
        status: Of the answer.
        headers: Of the answer.
    """
    NoQuery.of(request)
    return Json(document_of(await act(services_of(request), caller_of(request), *ids)), status, headers)
