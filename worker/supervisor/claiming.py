"""How a slot gets its jobs: the claim, and what is done when one fails."""

import asyncio

import structlog

from db.errors import CommitUncertain, DatabaseUnavailable, StatementFailed
from db.queue import claims
from db.queue.claims import Claim
from worker.supervisor.devices import Seat
from worker.supervisor.workplace import Workplace

_log = structlog.stdlib.get_logger("worker")

_FAILED_CLAIMS = 3
"""So many jobs in a row that cannot be claimed may each be at fault; more are the sign of another fault."""


class Claimant:
    """Claims for one slot.

    Attributes:
        may_have_claimed: Whether the slot may have a job by a claim whose outcome it does not know.
    """

    def __init__(self, loop_name: str, number: int, seat: Seat, workplace: Workplace) -> None:
        """Takes the slot's loop and number, and what it trains on."""
        self._loop_name = loop_name
        self._number = number
        self._seat = seat
        self._workplace = workplace
        self._failed_claims = 0
        self.may_have_claimed = False

    async def claim(self) -> Claim | None:
        """The next job for the slot, now the slot's; None if there is none, or the database has no time.

        Raises:
            StatementFailed: If it refuses every claim.
        """
        if not self._workplace.work_dirs.has_room():
            _log.warning("no job is claimed: the disk of the home is full", slot=self._number)
            return None
        try:
            claim = await self._uncertain_claim() or await self._next_claim()
        except CommitUncertain as error:
            self.may_have_claimed = True
            _log.warning("a claim's outcome is unknown", slot=self._number, reason=str(error))
        except DatabaseUnavailable as error:
            _log.warning("no job can be claimed", slot=self._number, reason=str(error))
        except StatementFailed as error:
            if await self._has_set_aside(error):
                return await self.claim()
        else:
            self._failed_claims = 0
            return claim
        return None

    async def _next_claim(self) -> Claim | None:
        settings = self._workplace.settings
        try:
            async with self._workplace.database.write() as connection:
                return await claims.claim_next(
                    connection,
                    self._workplace.worker_id,
                    self._number,
                    self._seat.lanes,
                    settings.lease_seconds,
                    gpus=self._seat.replicas,
                    most_running=settings.quota_jobs_running,
                    passed_over=self._workplace.set_aside.waiting,
                )
        except asyncio.CancelledError:
            self.may_have_claimed = True
            raise

    async def _has_set_aside(self, error: StatementFailed) -> bool:
        """Have the job that could not be claimed, though it was next, keep no other from being claimed.

        Returns:
            Whether another may be claimed now.

        Raises:
            StatementFailed: If there is none, or others could not be claimed either: it is no job's fault then.
        """
        self._failed_claims += 1
        try:
            async with self._workplace.database.read() as connection:
                job_id = await claims.next_of(
                    connection,
                    self._seat.lanes,
                    gpus=self._seat.replicas,
                    most_running=self._workplace.settings.quota_jobs_running,
                    passed_over=self._workplace.set_aside.waiting,
                )
        except DatabaseUnavailable:
            return False  # the next look finds it again
        if job_id is not None:
            self._workplace.set_aside.note(job_id)
        if job_id is None or self._failed_claims > _FAILED_CLAIMS:
            raise error
        self._workplace.loops.note_failure(self._loop_name, error, job_id=job_id)
        return True

    async def _uncertain_claim(self) -> Claim | None:
        """The job that this slot was given in a commit whose answer was lost, if it was."""
        if not self.may_have_claimed:
            return None
        async with self._workplace.database.read() as connection:
            claim = await claims.claim_of(connection, self._workplace.worker_id, self._number)
        self.may_have_claimed = False
        return claim
