"""What every route works with, made once when the service starts."""

import asyncio
from dataclasses import dataclass, field

from starlette.requests import Request

from api.jobs.histories import Histories
from api.jobs.intake import Intake
from api.keyring import Keyring
from api.large_checks import LargeChecks
from api.listeners import Listeners
from background.loops import Loops
from broker.publisher import Publisher
from db.engine import Database
from db.places import Places
from services.hints import HintRelay
from services.quotas.guard import QuotaGuard
from settings.api import ApiSettings
from spec.datasets import FactsOf, built_in_facts
from storage.store import Store

LARGE_READS_AT_ONCE = 1


@dataclass(frozen=True)
class Context:
    """The rooms below, opened.

    Attributes:
        settings: The program's settings.
        database: The truth.
        store: Artifacts' bytes.
        publisher: The broker.
        hints: Tells the broker of new jobs.
        keyring: Which key opens what.
        intake: Makes jobs.
        places: Tells places in the queue.
        quotas: What projects may have.
        listeners: Who waits for news of a job.
        histories: What streams read.
        loops: What runs for as long as the process.
        facts_of: Finds the facts of data sets.
        large_reads: Lets one at a time read what comes to megabytes: it holds several times that meanwhile.
        checks: Where large bodies are checked.
    """

    settings: ApiSettings
    database: Database
    store: Store
    publisher: Publisher
    hints: HintRelay
    keyring: Keyring
    intake: Intake
    places: Places
    quotas: QuotaGuard
    listeners: Listeners
    histories: Histories
    loops: Loops
    checks: LargeChecks
    facts_of: FactsOf = built_in_facts
    large_reads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LARGE_READS_AT_ONCE))


def context_of(request: Request) -> Context:
    """The context of the application that serves the request."""
    context: Context = request.app.state.context
    return context
