"""Delivers what webhooks are to be told, in the API's own process, beside its requests.

Every process of the API does so; the database decides which of them has a message. A message that a process had when
it died is due again after a lease.
"""

import asyncio
import time
from collections import Counter

import structlog

from api.webhooks.addresses import UrlRefused, target_of
from api.webhooks.messages import message
from api.webhooks.retries import retry_in_seconds
from api.webhooks.sending import Outcome, Sender, SystemResolver
from api.webhooks.signing import signature
from db import deliveries, jobs, webhooks
from db.deliveries import Claimed
from db.engine import Database
from settings.api import ApiSettings
from settings.version import VERSION

_log = structlog.stdlib.get_logger("api")

MAX_AT_ONCE = 10
MAX_AT_ONCE_TO_ONE = 2
"""So that one webhook that never answers does not hold up all others."""
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
        self._under_way: Counter[str] = Counter()
        self._has_room = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled; what is under way then is delivered again after its lease."""
        pause_seconds = POLL_SECONDS
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._has_room.clear()
                try:
                    claimed = await self._claim()
                except Exception as error:  # noqa: BLE001 -- it outlives whatever the database says, in the log by its kind
                    _log.warning("webhooks wait for the database", reason=type(error).__name__)
                    await asyncio.sleep(pause_seconds)
                    pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)
                    continue
                pause_seconds = POLL_SECONDS
                if claimed is None:
                    await self._rest()
                    continue
                self._under_way[claimed.delivery.webhook_id] += 1
                tasks.create_task(self._deliver(claimed), name="webhook")

    async def close(self) -> None:
        """Close connections and threads; after `run` has ended."""
        await self._sender.close()
        self._resolver.close()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._has_room.wait()
        except TimeoutError:
            return

    async def _claim(self) -> Claimed | None:
        if self._under_way.total() >= MAX_AT_ONCE:
            return None
        busy = [webhook_id for webhook_id, count in self._under_way.items() if count >= MAX_AT_ONCE_TO_ONE]
        async with self._database.read() as connection:
            if not await deliveries.has_due(connection, busy):
                return None
        async with self._database.write() as connection:
            return await deliveries.claim_due(connection, self._lease_seconds, busy)

    async def _deliver(self, claimed: Claimed) -> None:
        told = {"delivery": claimed.delivery.id, "webhook": claimed.delivery.webhook_id}
        try:
            outcome = await self._send(claimed)
            await self._record(claimed, outcome)
        except Exception as error:  # noqa: BLE001 -- others go on; this one is due again after its lease
            _log.warning("webhook delivery without a record", reason=type(error).__name__, **told)
        else:
            _log.info("webhook delivery", status=outcome.response_status, error=outcome.error, **told)
        finally:
            self._under_way[claimed.delivery.webhook_id] -= 1
            self._under_way += Counter()  # those at nought go
            self._has_room.set()

    async def _send(self, claimed: Claimed) -> Outcome:
        delivery = claimed.delivery
        if not claimed.is_enabled:
            return Outcome(None, "the webhook was switched off")
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
                await deliveries.record_success(
                    connection,
                    delivery,
                    response_status=outcome.response_status,
                    duration_seconds=outcome.duration_seconds,
                )
                return
            is_gone = outcome.response_status == GONE
            is_over = is_gone or not claimed.is_enabled
            await deliveries.record_failure(
                connection,
                delivery,
                error=outcome.error or "no answer",
                response_status=outcome.response_status,
                duration_seconds=outcome.duration_seconds,
                retry_in_seconds=None if is_over else retry_in_seconds(delivery.failures, outcome.retry_after_seconds),
            )
            if is_gone:
                await webhooks.disable(connection, delivery.webhook_id, "it answered with 410 Gone")
