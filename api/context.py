"""What every route works with, made once when the service starts."""

import asyncio
from dataclasses import dataclass, field

from starlette.requests import Request

from api.jobs.histories import Histories
from api.jobs.listeners import Listeners
from api.requests.large_checks import LargeChecks
from background.loops import Loops
from broker.publisher import Publisher
from db.connections.engine import Database
from db.queue.places import Places
from services.context import ServiceContext
from services.incoming import Incoming
from services.keys.keyring import Keyring
from settings.api import ApiSettings
from storage.store import Store

LARGE_READS_AT_ONCE = 1


@dataclass(frozen=True, kw_only=True)
class Context:
    """The rooms below, opened.

    Attributes:
        settings: The program's settings.
        services: What can be done.
        database: The truth.
        store: Artifacts' bytes.
        incoming: Receives files.
        publisher: The broker.
        keyring: Which key opens what.
        places: Tells places in the queue.
        listeners: Who waits for news of a job.
        histories: What streams read.
        loops: What runs for as long as the process.
        large_reads: Lets one at a time read what comes to megabytes: it holds several times that meanwhile.
        checks: Where large bodies are checked.
    """

    settings: ApiSettings
    services: ServiceContext
    database: Database
    store: Store
    incoming: Incoming
    publisher: Publisher
    keyring: Keyring
    places: Places
    listeners: Listeners
    histories: Histories
    loops: Loops
    checks: LargeChecks
    large_reads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LARGE_READS_AT_ONCE))


def context_of(request: Request) -> Context:
    """The context of the application that serves the request."""
    context: Context = request.app.state.context
    return context


def services_of(request: Request) -> ServiceContext:
    """What the services of that application work with."""
    return context_of(request).services
