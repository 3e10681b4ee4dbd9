"""Data sets as they are read: page by page, and one, which may be waited for."""

import asyncio
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import conditional, digest_tag, is_matched, is_named
from api.answers.documents import Json
from api.answers.pages import PAGE_BYTES, id_of, read_page
from api.context import Context, context_of
from api.datasets.documents import dataset_document
from api.datasets.schemas import DatasetsQuery
from api.serving.departures import leaving_with_client
from db.datasets import datasets
from db.datasets.datasets import PROCESSING, DatasetFilter, DatasetRow
from db.errors import DatasetNotFound
from db.jobs.standings import Standing
from services.actors import Actor
from services.ids import checked_id


async def list_page(context: Context, caller: Actor, query: DatasetsQuery) -> tuple[Sequence[DatasetRow], str | None]:
    """A page of data sets, newest first, and what the next one starts behind.

    Raises:
        QueryFaulty: If the cursor is none.
        DatabaseUnavailable: If the database does not answer.
    """
    before_id = id_of(query.cursor, "ds")
    wanted = DatasetFilter(status=query.status, name=query.name, sha256=query.sha256)
    return await read_page(
        context.database,
        lambda connection: datasets.list_page(
            connection, caller.project, wanted, query.limit, before_id, most_bytes=PAGE_BYTES
        ),
    )


async def read(request: Request, given_id: str, wait_seconds: float) -> Response:
    """The answer to who reads one: at once, or as soon as there is news of it.

    Raises:
        DatasetNotFound: If the caller has none such.
        TooManyListeners: If it would have to wait, and as many as may are waiting.
        TooManyProjectListeners: If as many of the caller's as may are.
        DatabaseUnavailable: If the database does not answer.
    """
    context, caller = context_of(request), caller_of(request)
    dataset_id = checked_id(given_id, "ds", DatasetNotFound)
    standing, row = await _read(context, caller, dataset_id)
    answer = Json(dataset_document(row))
    tag = digest_tag(bytes(answer.body))
    has_news = "if-none-match" in request.headers and not is_matched(request, tag)
    if wait_seconds > 0 and not has_news and (row.status == PROCESSING or is_named(request, tag)):
        await wait_until_read(request, caller, standing, wait_seconds)
        _, row = await _read(context, caller, dataset_id)
        answer = Json(dataset_document(row))
    return conditional(request, answer)


async def _read(context: Context, caller: Actor, dataset_id: str) -> tuple[Standing, DatasetRow]:
    async with context.database.read() as connection:
        # In this order: a job that ends in between is news at once.
        standing = await datasets.standing_of(connection, dataset_id, caller.project)
        return standing, await datasets.get(connection, dataset_id, caller.project)


async def wait_until_read(request: Request, caller: Actor, standing: Standing, seconds: float) -> None:
    """Until the job that reads the data set ends, or is gone: that is when the data set changes.

    Raises:
        TooManyListeners: If as many as may are waiting.
        TooManyProjectListeners: If as many of the caller's as may are.
    """
    clock = asyncio.get_running_loop().time
    ends_at = clock() + seconds
    had_ended = standing.has_ended
    with context_of(request).listeners.joined(caller, standing) as listener:
        async with leaving_with_client(listener, request.receive):
            while not listener.is_leaving and clock() < ends_at:
                now = listener.standing
                if now is None or (now.has_ended and not had_ended):
                    return
                await listener.wait(ends_at - clock())
