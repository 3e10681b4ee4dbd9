"""The service with a folder and SQLite, and with a bucket and PostgreSQL."""

import dataclasses
from collections.abc import AsyncIterator, Iterator

import pytest

from storage.store import Store
from tests.api.service import Service, service_on
from tests.services.redis import RedisServer
from tests.services.s3 import BUCKET, S3Server

KINDS = {"folder": "sqlite", "bucket": "postgresql"}
LIMIT_BYTES = 80 * 2**20


@pytest.fixture(scope="session")
def bucket() -> Iterator[S3Server]:
    """A server of S3, which the environment leads to."""
    with S3Server() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment().items():
            patch.setenv(name, value)
        yield server


@pytest.fixture(scope="session", params=sorted(KINDS))
async def service(
    request: pytest.FixtureRequest, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    """The API on one kind of storage, for all tests: each makes data sets of its own."""
    home = tmp_path_factory.mktemp("home")
    said = {"max_upload_bytes": str(LIMIT_BYTES)}
    environment: dict[str, str] = {}
    if request.param == "bucket":
        server: S3Server = request.getfixturevalue("bucket")
        said["storage_url"], environment = f"s3://{BUCKET}/data", server.environment()
    async with service_on(KINDS[request.param], request, home, redis_server, environment, **said) as running:
        url = said.get("storage_url", f"file://{home}/storage")
        yield dataclasses.replace(running, store=Store(url), storage_url=url)
