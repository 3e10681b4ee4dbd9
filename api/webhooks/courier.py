"""Delivers what webhooks are to be told, in the API's own process, beside its requests.

Every process of the API does so; the database decides which of them has a message. A message that a process had when
it died is due again after a lease.
"""

import asyncio
import time

import structlog

from api.webhooks.messages import message
from api.webhooks.retries import retry_in_seconds
from api.webhooks.sending import Outcome, Sender, SystemResolver
from background.rounds import Setbacks
from db.connections.engine import Database
from db.errors import DatabaseUnavailable, StatementFailed
from db.jobs import jobs
from db.webhooks import message_claims, messages, webhooks
from db.webhooks.message_claims import Claimed
from services.webhooks.addresses import UrlRefused, target_of
from services.webhooks.signing import signature
from settings.api import ApiSettings
from settings.version import VERSION

_log = structlog.stdlib.get_logger("api")

MAX_AT_ONCE = 40
"""In this process. How many of them may be one project's, or go to one webhook, says `db.webhooks.message_claims`."""
POLL_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 15.0
GONE = 410


class Courier:
    """Claims and sends, a few at a time."""

    def __init__(self, database: Database, settings: ApiSettings) -> None:
        self._database = database
        self._is_private_allowed = settings.webhooks_allow_private
        self._resolver = SystemResolver()
        self._sender = Sender(
            self._resolver,
            timeout_seconds=settings.webhooks_timeout_seconds,
            is_private_allowed=self._is_private_allowed,
        )
        # One that lives reports well before; one that died is waited for no longer than needed.
        self._lease_seconds = 2 * settings.webhooks_timeout_seconds + 1
        self._under_way = 0
        self._has_room = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._set_aside = Setbacks()

    async def run(self) -> None:
        """Work until cancelled; what is under way then is delivered again after its lease."""
        pause_seconds = POLL_SECONDS
        while True:
            self._has_room.clear()
            try:
                claimed = await self._claim()
            except DatabaseUnavailable as error:
                _log.warning("webhooks are waiting for the database", reason=type(error).__name__)
                await asyncio.sleep(pause_seconds)
                pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)
                continue
            except StatementFailed:
                # The next time without the webhook whose message could not be claimed; the loop's keeper tells of it.
                await self._set_next_aside()
                raise
            pause_seconds = POLL_SECONDS
            if claimed is None:
                await self._rest()
                continue
            self._under_way += 1
            self._set_aside.forget(claimed.delivery.webhook_id)
            # Not of this task: what is under way goes on though the claiming fails.
            task = asyncio.create_task(self._deliver(claimed), name="webhook")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End what is under way, and close connections and threads; after `run` has ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._sender.close()
        self._resolver.close()

    async def _set_next_aside(self) -> None:
        async with self._database.read() as connection:
            webhook_id = await message_claims.next_due(connection, self._set_aside.waiting)
        if webhook_id is not None:
            self._set_aside.note(webhook_id)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._has_room.wait()
        except TimeoutError:
            return

    async def _claim(self) -> Claimed | None:
        if self._under_way >= MAX_AT_ONCE:
            return None
        passed_over = self._set_aside.waiting
        async with self._database.read() as connection:
            if await message_claims.next_due(connection, passed_over) is None:
                return None
        async with self._database.write() as connection:
            return await message_claims.claim_due(connection, self._lease_seconds, passed_over)

    async def _deliver(self, claimed: Claimed) -> None:
        told = {"delivery": claimed.delivery.id, "webhook": claimed.delivery.webhook_id}
        try:
            outcome = await self._send(claimed)
            await self._record(claimed, outcome)
        except Exception as error:  # noqa: BLE001 -- others go on; this one is due again after its lease
            _log.warning("webhook delivery could not be recorded", reason=type(error).__name__, **told)
        else:
            _log.info("webhook delivery", status=outcome.response_status, error=outcome.error, **told)
        finally:
            self._under_way -= 1
            self._has_room.set()

    async def _send(self, claimed: Claimed) -> Outcome:
        delivery = claimed.delivery
        if not claimed.is_enabled:
            return Outcome(None, "The webhook was disabled.")
        try:
            target = target_of(claimed.url, is_private_allowed=self._is_private_allowed)
        except UrlRefused as error:
            # It was made when more was allowed.
            return Outcome(None, str(error))
        job = None
        if delivery.job_id is not None:
            async with self._database.read() as connection:
                job = await jobs.get(connection, delivery.job_id, claimed.project)
        body = message(delivery, job)
        timestamp = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Netcoach/{VERSION}",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(claimed.secrets.values, delivery.id, timestamp, body),
        }
        return await self._sender.post(target, headers, body)

    async def _record(self, claimed: Claimed, outcome: Outcome) -> None:
        delivery = claimed.delivery
        async with self._database.write() as connection:
            if outcome.error is None and outcome.response_status is not None:
                await messages.record_success(
                    connection,
                    delivery,
                    response_status=outcome.response_status,
                    duration_seconds=outcome.duration_seconds,
                )
                return
            is_gone = outcome.response_status == GONE
            is_over = is_gone or not claimed.is_enabled
            await messages.record_failure(
                connection,
                delivery,
                error=outcome.error or "No response was received.",
                response_status=outcome.response_status,
                duration_seconds=outcome.duration_seconds,
                retry_in_seconds=None if is_over else retry_in_seconds(delivery.failures, outcome.retry_after_seconds),
            )
            if is_gone:
                await webhooks.disable(connection, delivery.webhook_id, "The receiver responded with 410 Gone.")
