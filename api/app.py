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

import api.artifacts.resource
import api.audit.resource
import api.catalog.resource
import api.datasets.resource
import api.derivations.resource
import api.examples.resource
import api.findings.resource
import api.health.resource
import api.jobs.resource
import api.keys.resource
import api.limits.resource
import api.networks.resource
import api.prometheus.resource
import api.repairs.resource
import api.reports.resource
import api.signals.resource
import api.techniques.resource
import api.uploads.resource
import api.webhooks.resource
import api.workers.resource
from api.access.doors import Doors
from api.answers import problems
from api.answers.conditional import conditional, digest_tag
from api.context import Context
from api.jobs.histories import Histories
from api.jobs.listeners import Listeners, Shares
from api.openapi.declarations import answered_headers_of, methods_of, operations_of, sent_headers_of
from api.openapi.description import describe
from api.openapi.docs_page import docs_page
from api.prometheus import instruments
from api.rate_limits.limiter import RateLimiter
from api.rate_limits.middleware import RateLimits
from api.rate_limits.opening import limiter_for
from api.requests.large_checks import LargeChecks
from api.requests.queries import NoQuery
from api.resource import Resource, gathered, scopes_of
from api.serving.protocol import READ_TIMEOUT_STATE, UNREAD_STATE
from api.serving.request_log import RequestLog
from api.serving.security_headers import CORS_ALLOWED_HEADERS, CORS_EXPOSED_HEADERS, SecurityHeaders
from api.serving.static_files import ASSETS, StaticFiles
from api.serving.stopping import told_of_stop
from api.serving.tracing import Tracing
from api.serving.unread import UnreadAnswers
from api.webhooks.courier import Courier
from background.closing import close_all
from background.loops import Loops
from broker.publisher import Publisher
from db.connections.engine import Database
from services.context import Limits, ServiceContext
from services.incoming import Incoming
from services.keys.keyring import Keyring
from services.quotas.defaults import default_quotas
from settings import ApiSettings, load_or_exit
from settings.logs import configure_logging
from settings.privacy import keep_files_private, warn_of_open_home
from settings.traces import configure_traces, is_traced
from storage.store import Store

RESOURCES = gathered(
    api.jobs.resource.RESOURCE,
    api.derivations.resource.RESOURCE,
    api.artifacts.resource.RESOURCE,
    api.signals.resource.RESOURCE,
    api.findings.resource.RESOURCE,
    api.repairs.resource.RESOURCE,
    api.reports.resource.RESOURCE,
    api.techniques.resource.RESOURCE,
    api.datasets.resource.RESOURCE,
    api.uploads.resource.RESOURCE,
    api.networks.resource.RESOURCE,
    api.catalog.resource.RESOURCE,
    api.examples.resource.RESOURCE,
    api.webhooks.resource.RESOURCE,
    api.workers.resource.RESOURCE,
    api.limits.resource.RESOURCE,
    api.keys.resource.RESOURCE,
    api.audit.resource.RESOURCE,
    api.health.resource.RESOURCE,
    api.prometheus.resource.RESOURCE,
)
"""All that the API serves, in the order of its documentation."""

STATEMENT_SECONDS = 4.0
"""None of the API's takes a tenth of it: a client is told within seconds that the database cannot answer now."""

COLLECTED_AFTER_OBJECTS = 10_000
"""The youngest garbage; Python's own 700 is reached several times a request."""


class Application(FastAPI):
    """FastAPI with this service's resources, and its own OpenAPI document of them."""

    def __init__(self, resources: tuple[Resource, ...]) -> None:
        # FastAPI's own /docs loads scripts from elsewhere; ours are plain.
        super().__init__(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
        for route, told in operations_of(resources):
            route.responses = told.complete(resources)
        for resource in resources:
            self.include_router(resource.router)
        self.state.resources = self._resources = resources

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = describe(self, self._resources)
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


def routed(resources: tuple[Resource, ...] = RESOURCES) -> Application:
    """The application with all its routes, and nothing behind them yet."""
    app = Application(resources)
    app.add_route("/openapi.json", _openapi, include_in_schema=False)
    app.add_route("/docs", _docs, include_in_schema=False)
    app.add_route("/", _front, include_in_schema=False)
    app.add_route(f"/{ASSETS}/{{path:path}}", _asset, include_in_schema=False)
    problems.install(app)
    return app


def create_app(settings: ApiSettings, resources: tuple[Resource, ...] = RESOURCES) -> Application:
    """The application of one process.

    Nothing is connected to before the first request: the API starts, and tells what is missing, while the
    database or the broker is away.
    """
    app = routed(resources)
    app.state.static_files = StaticFiles(settings.web_folder)
    limiter = limiter_for(settings)
    _guard(app, resources, settings, limiter)
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
    gc.enable()
    gc.set_threshold(COLLECTED_AFTER_OBJECTS, 10, 10)


def _guard(
    app: Application, resources: tuple[Resource, ...], settings: ApiSettings, limiter: RateLimiter | None
) -> None:
    """Puts around the routes what every request passes; the last added is the outermost."""
    if limiter is not None:
        app.add_middleware(RateLimits, limiter=limiter)
    app.add_middleware(Doors, limiter=limiter, scopes=scopes_of(resources))
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=sorted(methods_of(resources)),
            allow_headers=sorted({*CORS_ALLOWED_HEADERS, *sent_headers_of(resources)}),
            expose_headers=sorted({*CORS_EXPOSED_HEADERS, *answered_headers_of(resources)}),
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
        incoming = Incoming(database, store)
        app.state.context = Context(
            settings=settings,
            services=services,
            database=database,
            store=store,
            incoming=incoming,
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
                ("incoming", incoming.close),
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
