from collections.abc import AsyncIterator
from zlib import crc32

import httpx
import pytest

from tests.api.service import KINDS, Service, running_api, service_on
from tests.services.keys import NOBODYS, bearer
from tests.services.redis import RedisServer


@pytest.fixture(scope="module")
def database_kind(request: pytest.FixtureRequest) -> str:
    """One kind for each file, drawn from its name: what differs between them is shown by the data layer's own tests."""
    return KINDS[crc32(request.path.name.encode()) % len(KINDS)]


@pytest.fixture(scope="module")
def service(request: pytest.FixtureRequest, database_kind: str) -> Service:
    """The API, started once on a database of this kind for all tests: each makes jobs of its own."""
    return request.getfixturevalue(f"{database_kind}_service")


@pytest.fixture(scope="session")
async def sqlite_service(
    request: pytest.FixtureRequest, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    """The API on SQLite."""
    async with service_on("sqlite", request, tmp_path_factory.mktemp("home"), redis_server) as running:
        yield running


@pytest.fixture(scope="session")
async def postgresql_service(
    request: pytest.FixtureRequest, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    """The API on PostgreSQL."""
    async with service_on("postgresql", request, tmp_path_factory.mktemp("home"), redis_server) as running:
        yield running


@pytest.fixture(scope="session")
async def lonely_service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API while neither its database nor its broker is there."""
    home = tmp_path_factory.mktemp("lonely")
    nowhere = "127.0.0.1:1"
    with running_api(
        home, database_url=f"postgresql://nobody@{nowhere}/none", broker_url=f"redis://{nowhere}/0"
    ) as address:
        async with httpx.AsyncClient(base_url=address, timeout=30, headers=bearer(NOBODYS)) as client:
            yield client
