from collections.abc import AsyncIterator

import httpx
import pytest

from tests.api.service import Service, running_api, running_service
from tests.services.keys import NOBODYS, bearer
from tests.services.redis import RedisServer


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
async def service(
    request: pytest.FixtureRequest, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    """The API on a database of each kind, for all tests: each makes jobs of its own."""
    async with running_service(request, tmp_path_factory.mktemp("home"), redis_server) as running:
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
