"""Answers that wait for a job: until it changes, until it ends, until there is another epoch."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request

from api.access.callers import caller_of
from api.answers.conditional import is_matched, is_named
from api.context import Context, context_of
from api.jobs.listeners import Listener
from api.jobs.tags import job_tag
from api.serving.departures import leaving_with_client
from db.errors import JobNotFound
from db.jobs import standings
from db.jobs.standings import Standing
from db.queue import positions
from db.queue.places import by_place
from services.actors import Actor
from services.ids import checked_id
from spec.states import JobStatus


async def read_standing(context: Context, caller: Actor, job_id: str) -> Standing:
    """Where the job stands: less than all of it.

    Raises:
        JobNotFound: If the caller has no such job.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(job_id, "job", JobNotFound)
    async with context.database.read() as connection:
        return await standings.require(connection, job_id, caller.project)


async def until_changed(request: Request, job_id: str, wait_seconds: float) -> str:
    """Wait until the job is other than what the client has by its ``If-None-Match``, or else other than now.

    A job that has ended has no more news, and is waited for only by a client that names its very state.

    Returns:
        The tag of the job as it is then, as far as is known.

    Raises:
        JobNotFound: If the caller has no such job.
        TooManyListeners: If it would have to wait, and as many as may are waiting.
        TooManyProjectListeners: If as many of the caller's as may are.
        DatabaseUnavailable: If the database does not answer.
    """
    context, caller = context_of(request), caller_of(request)
    standing, place = await _read_with_place(context, caller, job_id)
    tag = job_tag(standing.revision, place)
    has_news = "if-none-match" in request.headers and not is_matched(request, tag)
    can_have_news = not standing.has_ended or is_named(request, tag)
    if wait_seconds <= 0 or has_news or not can_have_news:
        return tag

    def is_news(listener: Listener) -> bool:
        return listener.standing != standing or listener.queue_position != place

    with context.listeners.joined(caller, standing, place) as listener:
        await _wait(listener, request, wait_seconds, is_news)
        now = listener.standing
        return tag if now is None else job_tag(now.revision, listener.queue_position)


async def until(request: Request, job_id: str, wait_seconds: float, is_enough: Callable[[Standing], bool]) -> None:
    """Wait until the job stands as wanted, or has ended, or the time is up.

    Raises:
        JobNotFound: If the caller has no such job.
        TooManyListeners: If it would have to wait, and as many as may are waiting.
        TooManyProjectListeners: If as many of the caller's as may are.
        DatabaseUnavailable: If the database does not answer.
    """
    context, caller = context_of(request), caller_of(request)
    standing = await read_standing(context, caller, job_id)
    if standing.has_ended or is_enough(standing):
        return

    def is_there(listener: Listener) -> bool:
        return listener.standing is None or listener.standing.has_ended or is_enough(listener.standing)

    with context.listeners.joined(caller, standing) as listener:
        await _wait(listener, request, wait_seconds, is_there)


async def until_revised(request: Request, job_id: str, revision: int, wait_seconds: float) -> bool:
    """Wait until the job has another revision, or is gone, or the time is up.

    Returns:
        Whether whoever waits is to wait no more: the client has gone, or the service stops.

    Raises:
        JobNotFound: If the caller has no such job.
        TooManyListeners: If it would have to wait, and as many as may are waiting.
        TooManyProjectListeners: If as many of the caller's as may are.
        DatabaseUnavailable: If the database does not answer.
    """
    context, caller = context_of(request), caller_of(request)
    standing = await read_standing(context, caller, job_id)

    def is_other(listener: Listener) -> bool:
        return listener.standing is None or listener.standing.revision != revision

    with context.listeners.joined(caller, standing) as listener:
        await _wait(listener, request, wait_seconds, is_other)
        return listener.is_leaving


async def _read_with_place(context: Context, caller: Actor, job_id: str) -> tuple[Standing, int | None]:
    checked_id(job_id, "job", JobNotFound)
    async with context.database.read() as connection:
        standing = await standings.require(connection, job_id, caller.project)
        if standing.status is not JobStatus.QUEUED:
            return standing, None
        most = context.settings.quota_jobs_running
        return standing, by_place(await positions.queue_position(connection, job_id, most))


async def _wait(listener: Listener, request: Request, seconds: float, is_enough: Callable[[Listener], bool]) -> None:
    clock = asyncio.get_running_loop().time
    ends_at = clock() + seconds
    async with leaving_with_client(listener, request.receive):
        while not is_enough(listener) and not listener.is_leaving and clock() < ends_at:
            await listener.wait(ends_at - clock())
