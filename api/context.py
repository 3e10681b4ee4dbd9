"""What every route works with, made once when the service starts."""

from dataclasses import dataclass

from starlette.requests import Request

from api.hints import HintRelay
from api.jobs.histories import Histories
from api.jobs.intake import Intake
from api.keyring import Keyring
from api.large_checks import LargeChecks
from api.listeners import Listeners
from api.quotas.guard import QuotaGuard
from broker.publisher import Publisher
from db.engine import Database
from db.places import Places
from settings.api import ApiSettings
from storage.store import Store


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
    checks: LargeChecks


def context_of(request: Request) -> Context:
    """The context of the application that serves the request."""
    context: Context = request.app.state.context
    return context
