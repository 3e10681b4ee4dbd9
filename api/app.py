"""The application: its routes, and the rooms below opened for as long as it serves."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

import api.artifacts.routes
import api.catalog.routes
import api.health.routes
import api.jobs.routes
import api.limits.routes
import api.networks.routes
import api.workers.routes
from api import problems
from api.answers import Json
from api.artifacts.schemas import ArtifactList
from api.catalog.schemas import CatalogDocument
from api.context import Context
from api.description import describe
from api.docs_page import SECURITY_POLICY, docs_page
from api.health.schemas import HealthDocument
from api.hints import HintRelay
from api.jobs.histories import Histories
from api.jobs.schemas import (
    AttemptList,
    CreatedJobDocument,
    DryRunDocument,
    EventList,
    JobDocument,
    JobList,
    MetricsList,
    ResultsDocument,
)
from api.limits.schemas import LimitsDocument
from api.listeners import Listeners
from api.networks.schemas import InspectBody, InspectionDocument
from api.problems import Problem
from api.queries import NoQuery
from api.request_log import RequestLog
from api.stopping import told_of_stop
from api.workers.schemas import WorkerList
from broker.publisher import Publisher
from db.engine import Database
from settings import ApiSettings, load_or_exit
from settings.logs import configure_logging
from spec.jobs import JobSpec
from storage.store import Store

ROUTERS = (
    api.jobs.routes.router,
    api.artifacts.routes.router,
    api.networks.routes.router,
    api.catalog.routes.router,
    api.workers.routes.router,
    api.limits.routes.router,
    api.health.routes.router,
)
MODELS = (
    ArtifactList,
    AttemptList,
    CatalogDocument,
    CreatedJobDocument,
    DryRunDocument,
    EventList,
    HealthDocument,
    InspectBody,
    InspectionDocument,
    JobDocument,
    JobList,
    JobSpec,
    LimitsDocument,
    MetricsList,
    Problem,
    ResultsDocument,
    WorkerList,
)

STATEMENT_SECONDS = 4.0
"""None of the API's takes a tenth of it: a client is told within seconds that the database cannot answer now."""


class Application(FastAPI):
    """FastAPI with this service's own OpenAPI document."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = describe(self, MODELS)
        return self.openapi_schema

    @cache  # noqa: B019 -- a process has one application, and it lives as long
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
    problems.install(app)
    app.add_middleware(RequestLog)
    return app


def create_app(settings: ApiSettings) -> Application:
    """The application of one process.

    Nothing is connected to before the first request: the API starts, and tells what is missing, while the
    database or the broker is away.
    """
    app = routed()
    app.router.lifespan_context = _lifespan(settings)
    return app


def from_environment() -> Application:
    """The application as uvicorn makes it, in each of its processes."""
    settings = load_or_exit(ApiSettings)
    configure_logging(settings, "api")
    return create_app(settings)


def _lifespan(settings: ApiSettings) -> Any:  # noqa: ANN401 -- Starlette's own type for it says no more
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        database = Database(settings.database_url.get_secret_value(), statement_seconds=STATEMENT_SECONDS)
        publisher = Publisher(settings.broker_url.get_secret_value())
        hints = HintRelay(database, publisher)
        store = Store(settings.storage_url.get_secret_value())
        listeners = Listeners(database, limit=settings.max_listeners)
        app.state.context = Context(settings, database, store, publisher, hints, listeners, Histories(database))
        tasks = [
            asyncio.create_task(hints.run(), name="hints"),
            asyncio.create_task(listeners.run(), name="listeners"),
        ]
        try:
            with told_of_stop(listeners.close):
                yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            hints.close()
            await database.close()

    return lifespan


async def _openapi(request: Request) -> Response:
    NoQuery.of(request)
    app: Application = request.app
    return Json(app.openapi())


async def _docs(request: Request) -> Response:
    NoQuery.of(request)
    app: Application = request.app
    return HTMLResponse(app.docs(), headers={"Content-Security-Policy": SECURITY_POLICY})
