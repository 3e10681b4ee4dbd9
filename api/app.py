"""The application: its routes, and the rooms below opened for as long as it serves."""

import gc
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

import api.artifacts.routes
import api.audit.routes
import api.catalog.routes
import api.derivations.routes
import api.health.routes
import api.jobs.routes
import api.keys.routes
import api.limits.routes
import api.networks.routes
import api.prometheus.routes
import api.signals.routes
import api.webhooks.routes
import api.workers.routes
from api.access.doors import Doors
from api.answers import problems
from api.answers.conditional import conditional, digest_tag
from api.answers.problems import Problem
from api.artifacts.schemas import ArtifactList
from api.audit.schemas import AuditList
from api.catalog.schemas import CatalogDocument
from api.context import Context
from api.derivations.schemas import DerivationBody
from api.health.schemas import HealthDocument, VersionDocument
from api.jobs.histories import Histories
from api.jobs.listeners import Listeners, Shares
from api.jobs.schemas import (
    AttemptList,
    CreatedJobDocument,
    DryRunDocument,
    EventList,
    JobDocument,
    JobList,
    MetricsList,
    ResultsDocument,
    StreamedEvent,
)
from api.keys.schemas import KeyDocument, KeyList, NewKeyDocument
from api.limits.schemas import LimitsDocument
from api.networks.schemas import InspectionDocument
from api.openapi.description import describe
from api.openapi.docs_page import docs_page
from api.prometheus import instruments
from api.rate_limits.limiter import RateLimiter
from api.rate_limits.middleware import RateLimits
from api.rate_limits.opening import limiter_for
from api.requests.large_checks import LargeChecks
from api.requests.queries import NoQuery
from api.serving.protocol import READ_TIMEOUT_STATE, UNREAD_STATE
from api.serving.request_log import RequestLog
from api.serving.security_headers import CORS_ALLOWED_HEADERS, CORS_EXPOSED_HEADERS, CORS_METHODS, SecurityHeaders
from api.serving.static_files import ASSETS, StaticFiles
from api.serving.stopping import told_of_stop
from api.serving.tracing import Tracing
from api.serving.unread import UnreadAnswers
from api.signals.schemas import SignalsList
from api.webhooks.courier import Courier
from api.webhooks.schemas import (
    DeliveryDocument,
    DeliveryList,
    WebhookDocument,
    WebhookList,
    WebhookSecretDocument,
)
from api.workers.schemas import WorkerList
from background.closing import close_all
from background.loops import Loops
from broker.publisher import Publisher
from db.connections.engine import Database
from db.projects.quotas import Quotas
from services.context import Limits, ServiceContext
from services.jobs.changes import JobChangesBody
from services.keys.bodies import NewKeyBody
from services.keys.keyring import Keyring
from services.networks import InspectBody
from services.webhooks.bodies import NewWebhookBody, WebhookChangesBody
from settings import ApiSettings, load_or_exit
from settings.logs import configure_logging
from settings.privacy import keep_files_private, warn_of_open_home
from settings.traces import configure_traces, is_traced
from spec.jobs import JobSpec
from storage.store import Store

ROUTERS = (
    api.jobs.routes.router,
    api.derivations.routes.router,
    api.artifacts.routes.router,
    api.signals.routes.router,
    api.networks.routes.router,
    api.catalog.routes.router,
    api.webhooks.routes.router,
    api.workers.routes.router,
    api.limits.routes.router,
    api.keys.routes.router,
    api.audit.routes.router,
    api.health.routes.router,
    api.prometheus.routes.router,
)
MODELS = (
    ArtifactList,
    AttemptList,
    AuditList,
    CatalogDocument,
    CreatedJobDocument,
    DeliveryDocument,
    DeliveryList,
    DerivationBody,
    DryRunDocument,
    EventList,
    HealthDocument,
    InspectBody,
    InspectionDocument,
    JobChangesBody,
    JobDocument,
    JobList,
    JobSpec,
    KeyDocument,
    KeyList,
    LimitsDocument,
    MetricsList,
    NewKeyBody,
    NewKeyDocument,
    NewWebhookBody,
    Problem,
    ResultsDocument,
    SignalsList,
    StreamedEvent,
    VersionDocument,
    WebhookChangesBody,
    WebhookDocument,
    WebhookList,
    WebhookSecretDocument,
    WorkerList,
)

STATEMENT_SECONDS = 4.0
"""None of the API's takes a tenth of it: a client is told within seconds that the database cannot answer now."""

COLLECTED_AFTER_OBJECTS = 10_000
"""The youngest garbage; Python's own 700 is reached several times a request."""


class Application(FastAPI):
    """FastAPI with this service's own OpenAPI document."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = describe(self, MODELS)
        return self.openapi_schema

    @cache  # noqa: B019 -- a process has one application, and it lives as long
    def openapi_text(self) -> tuple[bytes, str]:
        """The document as it is sent, made once, and its tag."""
        body = orjson.dumps(self.openapi())
        return body, digest_tag(body)

    @cache  # noqa: B019 -- as above
    def docs(self) -> str:
        """The page that shows the document, made once."""
        return docs_page(self.openapi())


def routed() -> Application:
    """The application with all its routes, and nothing behind them yet."""
    # FastAPI's own /docs loads scripts from elsewhere; ours are plain.
    app = Application(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    for router in ROUTERS:
        app.include_router(router)
    app.add_route("/openapi.json", _openapi, include_in_schema=False)
    app.add_route("/docs", _docs, include_in_schema=False)
    app.add_route("/", _front, include_in_schema=False)
    app.add_route(f"/{ASSETS}/{{path:path}}", _asset, include_in_schema=False)
    problems.install(app)
    return app


def create_app(settings: ApiSettings) -> Application:
    """The application of one process.

    Nothing is connected to before the first request: the API starts, and tells what is missing, while the
    database or the broker is away.
    """
    app = routed()
    app.state.static_files = StaticFiles(settings.web_folder)
    limiter = limiter_for(settings)
    _guard(app, settings, limiter)
    app.router.lifespan_context = _lifespan(settings, limiter)
    return app


def from_environment() -> Application:
    """The application as uvicorn makes it, in each of its processes."""
    keep_files_private()
    settings = load_or_exit(ApiSettings)
    configure_logging(settings, "api")
    warn_of_open_home(settings.home)
    configure_traces(settings, "api")
    app = create_app(settings)
    spare_the_collector()
    return app


def spare_the_collector() -> None:
    """What was loaded stays for good: to look through it for garbage takes 30 ms each time, and all requests wait."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER_OBJECTS, 10, 10)


def _guard(app: Application, settings: ApiSettings, limiter: RateLimiter | None) -> None:
    """Puts around the routes what every request passes; the last added is the outermost."""
    if limiter is not None:
        app.add_middleware(RateLimits, limiter=limiter)
    app.add_middleware(Doors, limiter=limiter)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=CORS_METHODS,
            allow_headers=CORS_ALLOWED_HEADERS,
            expose_headers=CORS_EXPOSED_HEADERS,
        )
    if is_traced():
        app.add_middleware(Tracing)
    app.add_middleware(RequestLog)
    app.add_middleware(SecurityHeaders)


def _lifespan(settings: ApiSettings, limiter: RateLimiter | None) -> Any:  # noqa: ANN401 -- Starlette's own type for it says no more
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, Any]]:
        database = Database(settings.database_url.get_secret_value(), statement_seconds=STATEMENT_SECONDS)
        publisher = Publisher(settings.broker_url.get_secret_value())
        loops = Loops("api", on_failure=instruments.background_failed)
        store = Store(settings.storage_url.get_secret_value())
        keyring = Keyring(database, is_asking=not settings.is_keyless)
        quotas = default_quotas(settings)
        services = ServiceContext.over(database, publisher, limits_of(settings), quotas, instruments.quota_refused)
        hints = services.hints
        shares = Shares(settings.max_listeners, settings.project_listeners, settings.key_listeners)
        listeners = Listeners(database, shares, most_running=settings.quota_jobs_running)
        checks = LargeChecks()
        app.state.context = Context(
            settings=settings,
            services=services,
            database=database,
            store=store,
            publisher=publisher,
            keyring=keyring,
            places=services.places,
            listeners=listeners,
            histories=Histories(database),
            loops=loops,
            checks=checks,
        )
        courier = Courier(database, settings)
        loops.supervised("publish hints", hints.publish)
        loops.supervised("forget hints", hints.forget)
        loops.supervised("keyring", keyring.run)
        loops.supervised("webhooks", courier.run)
        loops.supervised("listeners", listeners.run)
        try:
            with told_of_stop(listeners.close):
                yield {
                    READ_TIMEOUT_STATE: settings.read_timeout_seconds,
                    UNREAD_STATE: UnreadAnswers(settings.write_timeout_seconds),
                }
        finally:
            await loops.close()
            closings: list[tuple[str, Callable[[], Awaitable[object]]]] = [
                ("hints", hints.close),
                ("checks", checks.close),
                ("webhooks", courier.close),
                *([] if limiter is None else [("rate limits", limiter.close)]),
                ("database", database.close),
            ]
            await close_all("api", closings)

    return lifespan


def limits_of(settings: ApiSettings) -> Limits:
    """What the services take of anybody."""
    return Limits(
        max_spec_bytes=settings.max_body_bytes,
        max_memory_bytes=settings.max_memory_bytes,
        are_private_addresses_allowed=settings.webhooks_allow_private,
    )


def default_quotas(settings: ApiSettings) -> Quotas:
    """What a project may have that has no quotas of its own."""
    return Quotas(
        jobs_queued=settings.quota_jobs_queued,
        jobs_running=settings.quota_jobs_running,
        stored_bytes=settings.quota_stored_bytes,
        epoch_samples_per_day=settings.quota_epoch_samples_per_day,
        database_bytes=settings.quota_database_bytes,
    )


async def _openapi(request: Request) -> Response:
    NoQuery.of(request)
    app: Application = request.app
    body, tag = app.openapi_text()
    return conditional(request, Response(body, media_type="application/json"), tag)


async def _front(request: Request) -> Response:
    """The page, which reads the query itself; where none is built, whoever types the address reads about the API."""
    files: StaticFiles = request.app.state.static_files
    if (page := files.page(request)) is not None:
        return page
    NoQuery.of(request)
    return RedirectResponse("/docs", 307)


async def _asset(request: Request) -> Response:
    NoQuery.of(request)
    files: StaticFiles = request.app.state.static_files
    return files.asset(request, request.path_params["path"])


async def _docs(request: Request) -> Response:
    NoQuery.of(request)
    app: Application = request.app
    return HTMLResponse(app.docs())
