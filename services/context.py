"""What every service works with, made once by the program that it serves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from broker.publisher import Publisher
from db.connections.engine import Database
from db.projects.quotas import Quotas
from db.queue.places import Places
from services.hints import HintRelay
from services.jobs.intake import Intake
from services.quotas.guard import QuotaGuard


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is taken of anybody.

    Attributes:
        max_spec_bytes: The longest spec that a derivation may make, unless its parent's is longer.
        max_memory_bytes: What a job's network may need, by estimate.
        are_private_addresses_allowed: Whether a webhook may lead to an address that is not public, by any port.
    """

    max_spec_bytes: int
    max_memory_bytes: int
    are_private_addresses_allowed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceContext:
    """The rooms below, opened, and what bounds those who ask.

    Attributes:
        database: The truth.
        hints: Tells the broker of new jobs.
        places: Tells places in the queue.
        quotas: What projects may have.
        intake: Makes jobs.
        limits: What is taken of anybody.
    """

    database: Database
    hints: HintRelay
    places: Places
    quotas: QuotaGuard
    intake: Intake
    limits: Limits

    @classmethod
    def over(
        cls,
        database: Database,
        publisher: Publisher,
        limits: Limits,
        quotas: Quotas,
        on_refusal: Callable[[str], None] | None = None,
    ) -> Self:
        """The services over a database and a broker.

        ``hints.publish`` and ``hints.forget`` are loops that the program runs, and ``hints.close`` is the relay's end.

        Args:
            database: The truth.
            publisher: Hears of new jobs.
            limits: What is taken of anybody.
            quotas: What a project may have that has none of its own.
            on_refusal: Hears of what quotas refuse, by the quota's name.
        """
        hints = HintRelay(database, publisher)
        places = Places(database, quotas.jobs_running)
        guard = QuotaGuard(database, quotas, on_refusal)
        intake = Intake(database, hints, places, guard)
        return cls(database=database, hints=hints, places=places, quotas=guard, intake=intake, limits=limits)
