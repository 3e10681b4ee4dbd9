"""What is fuzzed, and by whom."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from schemathesis.schemas import BaseSchema

from tests.api.service import running_api
from tests.api.specs import digits
from tests.conftest import TEMPLATE
from tests.fuzz.contract import Examiner, opened
from tests.fuzz.rounds import Rounds
from tests.fuzz.tenants import Tenant
from tests.services.keys import bearer, make_key
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer
from tests.services.service import running_service


@pytest.fixture(scope="session")
def rounds() -> Rounds:
    return Rounds.from_environment()


def tenants_of(database_url: str) -> list[Tenant]:
    """The projects that ask a service, each with the headers that say so.

    The one place that knows how a request tells its project.
    """
    return [Tenant(project, bearer(asyncio.run(make_key(database_url, project)))) for project in ("blue", "red")]


@pytest.fixture(scope="module")
def api(
    postgres_server: PostgresServer, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, list[Tenant]]]:
    """The API alone, on PostgreSQL, the stricter of the databases; and who asks."""
    home = tmp_path_factory.mktemp("api")
    with (
        postgres_server.fresh_database(TEMPLATE) as url,
        running_api(home, database_url=url, broker_url=redis_server.url) as address,
    ):
        tenants = tenants_of(url)
        for tenant in tenants:
            # What nobody else may be told.
            spec = digits(name=tenant.marker, metadata={"of": tenant.marker})
            answer = httpx.post(f"{address}/v1/jobs", json=spec, headers=dict(tenant.headers))
            assert answer.status_code == 201, answer.text
        yield address, tenants


@pytest.fixture(scope="module")
def whole_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[Tenant]]]:
    """Everything, with a worker, on a SQLite that is not the home's own, so that keys are asked for; and who asks."""
    home = tmp_path_factory.mktemp("whole")
    url = f"sqlite:///{tmp_path_factory.mktemp('elsewhere')}/netcoach.db"
    # A paused job's stream would otherwise take an hour.
    limits = {"NETCOACH_RATE_LIMIT_PER_SECOND": "0", "NETCOACH_STREAM_SECONDS": "1"}
    with running_service(home, NETCOACH_DATABASE_URL=url, **limits) as address:
        yield address, tenants_of(url)


@pytest.fixture(scope="module")
def keyless_api(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The API alone, where nobody is asked for a key."""
    home = tmp_path_factory.mktemp("keyless")
    shutil.copyfile(sqlite_template, home / "netcoach.db")
    with running_api(home, broker_url="redis://127.0.0.1:1/0") as address:
        yield address


@pytest.fixture(scope="module")
def document(request: pytest.FixtureRequest) -> BaseSchema:
    """What the service that the module fuzzes says of itself."""
    return opened(request.getfixturevalue(request.module.SERVICE)[0])


@pytest.fixture
def examiner(request: pytest.FixtureRequest) -> Iterator[Examiner]:
    """An examiner for the tenants of the service that the module fuzzes."""
    examiner = Examiner(request.getfixturevalue(request.module.SERVICE)[1])
    yield examiner
    examiner.close()
