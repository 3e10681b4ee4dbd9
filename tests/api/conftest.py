import shutil
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from db.engine import Database
from storage.store import Store
from tests.api.service import Service, running_api
from tests.conftest import TEMPLATE
from tests.services.keys import NOBODYS, bearer, make_key
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
async def service(
    request: pytest.FixtureRequest, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    """The API on a database of each kind, for all tests: each makes jobs of its own."""
    home = tmp_path_factory.mktemp("home")
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{home}/netcoach.db"
            shutil.copyfile(request.getfixturevalue("sqlite_template"), home / "netcoach.db")
        else:
            server: PostgresServer = request.getfixturevalue("postgres_server")
            url = stack.enter_context(server.fresh_database(TEMPLATE))
        address = stack.enter_context(running_api(home, database_url=url, broker_url=redis_server.url))
        database = Database(url)
        headers = bearer(await make_key(url))
        async with httpx.AsyncClient(base_url=address, timeout=30, headers=headers) as client:
            yield Service(client, database, Store(f"file://{home}/storage"), Path(home) / "storage", url)
        await database.close()


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
