"""Real servers for all tests: PostgreSQL and Redis once a run, and a fresh migrated database a test."""

import gc
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import settings

from db.connections.engine import Database
from db.migrate import upgrade
from install import fashion_mnist
from tests.problem_wording import Listener
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer
from tests.services.servers import started

# What is drawn is the same in every run of `make test`, and another with every seed of `make fuzz`.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("seeded", database=None, deadline=None)
settings.load_profile("same")

# Nothing that is imported, or collected, is garbage: see `pytest_collection_finish`.
gc.disable()

PROBLEMS = Listener()
PROBLEMS.start()

TEMPLATE = "netcoach_template"
IMAGES = fashion_mnist.present()
NO_IMAGES = "Fashion-MNIST is not on this machine: `make setup` brings it, or says why it cannot"


COLLECTED_AFTER_OBJECTS = 100_000
"""The youngest garbage: to trace a network makes hundreds of thousands of objects, and most of them stay."""


def pytest_collection_finish() -> None:
    """What was imported stays: looking through it for garbage would take a fifth of the time of all tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER_OBJECTS, 20, 20)
    gc.enable()


def pytest_report_header() -> str:
    """Said before the first test: where the images are that some train on."""
    return f"Fashion-MNIST: {IMAGES}" if IMAGES else f"MISSING, so the tests marked fashion_mnist fail: {NO_IMAGES}"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test on images that are not here fails at once, by that name; problems are read along, unless all is drawn."""
    PROBLEMS.is_strict = "fuzz" not in item.path.parts
    if item.get_closest_marker("fashion_mnist") is not None and IMAGES is None:
        pytest.fail(NO_IMAGES, pytrace=False)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL that has the database `TEMPLATE`, migrated, to copy fresh ones from."""
    with started(PostgresServer()) as server:
        server.execute(f"CREATE DATABASE {TEMPLATE}")
        _upgrade(server.url(TEMPLATE))
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy fresh ones from."""
    path = tmp_path_factory.mktemp("template") / "netcoach.db"
    _upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A running Redis; a test that stops it starts it again."""
    with started(RedisServer()) as server:
        yield server


@pytest.fixture
def broker_url(redis_server: RedisServer) -> str:
    """The URL of the running Redis, emptied."""
    redis_server.flush()
    return redis_server.url


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A fresh migrated PostgreSQL database."""
    with postgres_server.fresh_database(TEMPLATE) as url:
        yield url


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh migrated SQLite database."""
    path = tmp_path / "netcoach.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated database: the test runs once on each kind."""
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open `Database`; the test runs once on each kind."""
    opened = Database(database_url)
    try:
        yield opened
    finally:
        await opened.close()


def _upgrade(url: str) -> None:
    # In a thread of its own: pytest's may be running an event loop when a fixture is first asked for.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(upgrade, url).result()
