"""A job's events and epochs as they come: server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.context import Context
from api.jobs.listeners import OUTAGE_SECONDS, Listener
from api.jobs.timeline import Batch, StreamPosition, progress_text
from api.serving.departures import leaving_with_client
from db.errors import DatabaseUnavailable
from db.jobs.standings import Standing
from services.actors import Actor
from spec.states import JobStatus

MEDIA_TYPE = "text/event-stream"
HEARTBEAT_SECONDS = 15.0
"""No silence is longer, so that neither end, nor what is between them, takes the other for dead."""
PROGRESS_SECONDS = 1.0
"""Between two words of progress within an epoch."""
SEND_SECONDS = 30.0
"""A client that takes nothing for so long is let go; it can come back and go on."""
LAST_SEND_SECONDS = 1.0
"""As much is left to it once the service stops."""
RETRY = b"retry: 2000\n\n"
HEADERS: Mapping[str, str] = {"Cache-Control": "no-store", "Vary": "Accept", "X-Accel-Buffering": "no"}


class EventStream(Response):
    """The history of a job from a place on, then what comes, until the job's end.

    Ends early when the service stops, when the time a stream may take is up, when the job is deleted, and when the
    client takes nothing; the client then goes on with the last id it has. Where the job has ended and nothing follows
    the place, it is a 204, which tells a browser not to come again.

    Args:
        context: What routes work with.
        caller: Who asks.
        standing: Where the job stands.
        place: After which to begin.

    Raises:
        TooManyListeners: If as many as may are waiting.
        TooManyProjectListeners: If as many of the caller's as may are.
        DatabaseUnavailable: If the database does not answer at the beginning.
    """

    def __init__(self, context: Context, caller: Actor, standing: Standing, place: StreamPosition) -> None:
        super().__init__(headers=HEADERS, media_type=MEDIA_TYPE)
        del self.headers["Content-Length"]  # nobody knows it
        self.headers["Content-Type"] = MEDIA_TYPE
        self._context = context
        self._caller = caller
        self._standing = standing
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the stream."""
        with self._context.listeners.joined(self._caller, self._standing) as listener:
            reader = _Reader(self._context, listener, self._standing, self._place)
            batch = await reader.read()
            if not batch.text and self._standing.has_ended:
                await Response(status_code=204, headers={"Cache-Control": "no-store"})(scope, receive, send)
                return
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            writer = _Writer(send, listener)
            async with leaving_with_client(listener, receive):
                if not scope.get("is_head", False):
                    await self._run(reader, writer, batch)
                await writer.finish()

    async def _run(self, reader: "_Reader", writer: "_Writer", batch: Batch) -> None:
        ends_at = time.monotonic() + self._context.settings.stream_seconds
        await writer.write(RETRY + batch.text)
        while not batch.has_ended and not writer.is_over and time.monotonic() < ends_at:
            if batch.is_last and not reader.has_news:
                if reader.is_at_end:
                    return
                await reader.listener.wait(max(0.0, min(writer.silence_left, ends_at - time.monotonic())))
            if reader.has_news or not batch.is_last:
                try:
                    batch = await reader.read()
                except DatabaseUnavailable:
                    batch = replace(batch, is_last=False)  # the stream outlives an outage: it reads again
                    await asyncio.sleep(OUTAGE_SECONDS)
                else:
                    await writer.write(batch.text or reader.progress())
            if writer.silence_left <= 0:
                await writer.write(b":\n\n")


class _Reader:
    """Where one stream is in its job's history."""

    def __init__(self, context: Context, listener: Listener, standing: Standing, place: StreamPosition) -> None:
        self.listener = listener
        self._context = context
        self._job_id = standing.job_id
        self._place = place
        self._revision = 0
        self._fraction = 0.0
        self._progress_due = 0.0

    @property
    def has_news(self) -> bool:
        standing = self.listener.standing
        return standing is not None and standing.revision != self._revision

    @property
    def is_at_end(self) -> bool:
        """Whether nothing can come any more."""
        standing = self.listener.standing
        return standing is None or (standing.has_ended and not self.has_news)

    async def read(self) -> Batch:
        """What follows, as of the revision known now.

        Raises:
            DatabaseUnavailable: If the database does not answer.
        """
        standing = self.listener.standing
        revision = self._revision if standing is None else standing.revision
        batch = await self._context.histories.after(self._job_id, revision, self._place)
        self._revision, self._place = revision, batch.place
        self._fraction = self._fraction if batch.fraction is None else batch.fraction
        return batch

    def progress(self) -> bytes:
        """How far the job is, if that is worth a word; else nothing."""
        standing, now = self.listener.standing, time.monotonic()
        if standing is None or standing.status is not JobStatus.RUNNING or now < self._progress_due:
            return b""
        if standing.fraction <= self._fraction:
            return b""  # an epoch has told it
        self._fraction, self._progress_due = standing.fraction, now + PROGRESS_SECONDS
        return progress_text(
            {
                "object": "progress",
                "epoch": standing.epoch,
                "epochs": standing.epochs,
                "fraction": standing.fraction,
                "eta_seconds": standing.eta_seconds,
            }
        )


class _Writer:
    """Sends to one client, and gives up on one that takes nothing."""

    def __init__(self, send: Send, listener: Listener) -> None:
        self._send = send
        self._listener = listener
        self._sent_at = time.monotonic()
        self._is_stuck = False

    @property
    def is_over(self) -> bool:
        """Whether there is nobody to write to any more."""
        return self._is_stuck or self._listener.is_leaving

    @property
    def silence_left(self) -> float:
        """Seconds until something must be sent."""
        return self._sent_at + HEARTBEAT_SECONDS - time.monotonic()

    async def write(self, text: bytes) -> None:
        """Send a part; returns once the client has room for more, or is given up."""
        if text:
            await self._pass_on(text, is_more=True)

    async def finish(self) -> None:
        """End the answer in order, if the client can still hear it."""
        if not self._is_stuck:
            await self._pass_on(b"", is_more=False)

    async def _pass_on(self, text: bytes, *, is_more: bool) -> None:
        bound = asyncio.timeout(LAST_SEND_SECONDS if self._listener.is_leaving else SEND_SECONDS)
        self._listener.hurry = lambda: _hurry(bound)
        try:
            async with bound:
                await self._send({"type": "http.response.body", "body": text, "more_body": is_more})
        except TimeoutError:
            self._is_stuck = True
        else:
            self._sent_at = time.monotonic()
        finally:
            self._listener.hurry = None


def _hurry(bound: asyncio.Timeout) -> None:
    if not bound.expired():
        bound.reschedule(asyncio.get_running_loop().time() + LAST_SEND_SECONDS)
