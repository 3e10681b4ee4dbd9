"""Waiting for what becomes of a job, wherever its service was set up."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from db.jobs.jobs import JobRow


class Waiting(ABC):
    """What a place with real workers has in common with any other.

    Class attributes:
        PATIENCE_SECONDS: How long a job may take there, unless a test says otherwise.
    """

    PATIENCE_SECONDS = 90.0

    @abstractmethod
    async def job(self, job_id: str) -> JobRow:
        """The job as the database has it now."""

    @abstractmethod
    async def account(self) -> str:
        """What a person wants to read where a test has waited in vain."""

    async def wait(self, job_id: str, is_so: Callable[[JobRow], bool], timeout_seconds: float | None = None) -> JobRow:
        """The job, once it is as asked."""
        deadline = time.monotonic() + (timeout_seconds or self.PATIENCE_SECONDS)
        while not is_so(row := await self.job(job_id)):
            if time.monotonic() >= deadline:
                raise AssertionError(f"{row}\n{await self.account()}")
            await asyncio.sleep(0.02)
        return row

    async def wait_end(self, job_id: str, timeout_seconds: float | None = None) -> JobRow:
        """The job, once it has ended."""
        return await self.wait(job_id, lambda job: job.ended_at is not None, timeout_seconds)
