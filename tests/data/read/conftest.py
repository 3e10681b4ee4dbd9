"""One service that reads, for all tests of this folder."""

import shutil
from collections.abc import Iterator

import pytest

from tests.data.served import Served, served
from tests.services.redis import RedisServer


@pytest.fixture(scope="package")
def reading(
    redis_server: RedisServer, sqlite_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A service whose worker reads."""
    home = tmp_path_factory.mktemp("reading")
    shutil.copyfile(sqlite_template, home / "netcoach.db")
    with served(home, redis_server.url) as running:
        yield running
