"""Refuses jobs beyond a project's quotas, by counts that are a second old at most and what this process added since."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import astuple, dataclass

from api.errors import QuotaExceeded
from api.metrics import instruments
from db import quotas
from db.engine import Database
from db.quotas import NAMES, Consumption, Load, Quotas
from settings import ApiSettings

LOAD_SECONDS = 1.0
"""How old the counts of jobs may be. Until they are read again, a project can exceed its quota by what the other
processes of the API took for it meanwhile."""
CONSUMPTION_SECONDS = 10.0
"""The same of stored bytes and epochs times samples, which cost a pass over the project's jobs."""
_MOST_PROJECTS = 10_000


@dataclass(slots=True)
class _Known:
    """What this process knows of a project."""

    limits: Quotas
    load: Load
    read_at: float
    consumption: Consumption
    consumption_read_at: float
    jobs_added: int = 0
    epoch_samples_added: int = 0


class QuotaGuard:
    """One a process."""

    def __init__(self, database: Database, settings: ApiSettings) -> None:
        self._database = database
        self._defaults = Quotas(
            settings.quota_jobs_queued,
            settings.quota_jobs_running,
            settings.quota_stored_bytes,
            settings.quota_epoch_samples_per_day,
        )
        self._known: dict[str, _Known] = {}
        self._taken: list[tuple[_Known, int]] = []

    @contextmanager
    def attempt(self) -> Generator[None]:
        """What is taken within the block is given back if it raises; one attempt at a time."""
        self._taken.clear()
        try:
            yield
        except BaseException:
            for known, epoch_samples in self._taken:
                known.jobs_added -= 1
                known.epoch_samples_added -= epoch_samples
            raise

    async def look(self, project: str) -> None:
        """Makes sure that what is known of the project is fresh; to be called before the transaction that makes a job.

        Raises:
            DatabaseUnavailable: If the database does not answer.
        """
        known = self._known.get(project)
        now = time.monotonic()
        if known is not None and now - known.read_at < LOAD_SECONDS:
            return
        async with self._database.read() as connection:
            own = await quotas.of_project(connection, project) or Quotas()
            limits = own.or_else(self._defaults)
            load = Load(0, 0)
            if limits.jobs_queued is not None:
                load = await quotas.load_of(connection, project)
            consumption, read_at, added = Consumption(0, 0), now, 0
            if limits.stored_bytes is not None or limits.epoch_samples_per_day is not None:
                if (
                    known is not None
                    and now - known.consumption_read_at < CONSUMPTION_SECONDS
                    and known.limits == limits
                ):
                    consumption, read_at = known.consumption, known.consumption_read_at
                    added = known.epoch_samples_added
                else:
                    consumption = await quotas.consumption_of(connection, project)
        if len(self._known) >= _MOST_PROJECTS:
            self._known.clear()
        self._known[project] = _Known(limits, load, now, consumption, read_at, epoch_samples_added=added)

    def take(self, project: str, epoch_samples: int) -> None:
        """One more job of the project, after `look` and within an `attempt`.

        Args:
            project: Whose.
            epoch_samples: Its training rows times its epochs.

        Raises:
            QuotaExceeded: If it would be too much.
        """
        known = self._known[project]
        limits = known.limits
        stored = known.consumption.stored_bytes
        _require("jobs_queued", limits.jobs_queued, known.load.jobs_queued + known.jobs_added, 1)
        if limits.stored_bytes is not None and stored >= limits.stored_bytes:
            _require("stored_bytes", limits.stored_bytes, stored, 1)
        asked = known.consumption.epoch_samples_per_day + known.epoch_samples_added
        _require("epoch_samples_per_day", limits.epoch_samples_per_day, asked, epoch_samples)
        known.jobs_added += 1
        known.epoch_samples_added += epoch_samples
        self._taken.append((known, epoch_samples))

    async def shown(self, project: str) -> list[tuple[str, int | None, int]]:
        """Each quota's name, the project's limit and what it uses now.

        Raises:
            DatabaseUnavailable: If the database does not answer.
        """
        async with self._database.read() as connection:
            own = await quotas.of_project(connection, project) or Quotas()
            used = (
                *astuple(await quotas.load_of(connection, project)),
                *astuple(await quotas.consumption_of(connection, project)),
            )
        return list(zip(NAMES, astuple(own.or_else(self._defaults)), used, strict=True))


def _require(name: str, limit: int | None, used: int, requested: int) -> None:
    if limit is not None and used + requested > limit:
        instruments.QUOTA_REFUSALS.labels(name).inc()
        raise QuotaExceeded(name, limit=limit, used=used, requested=requested)
