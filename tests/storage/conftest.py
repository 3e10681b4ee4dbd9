"""The stores of the tests: a folder, and a bucket of a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.store import Store
from tests.services.s3 import BUCKET, S3Server

BUCKET_URL = f"s3://{BUCKET}/some/where"


@pytest.fixture(scope="package")
def running_s3() -> Iterator[S3Server]:
    """A server, which the environment leads to."""
    with S3Server() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment().items():
            patch.setenv(name, value)
        yield server


@pytest.fixture(scope="package")
def running_bucket(running_s3: S3Server) -> Store:
    """Opened once: to make a client takes botocore a third of a second."""
    del running_s3
    return Store(BUCKET_URL)


@pytest.fixture
def s3(running_s3: S3Server) -> Iterator[S3Server]:
    yield running_s3
    running_s3.empty()


@pytest.fixture
def bucket(s3: S3Server, running_bucket: Store) -> Store:
    del s3
    return running_bucket


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store(f"file://{tmp_path}/storage") if request.param == "folder" else request.getfixturevalue("bucket")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(bytes(range(256)) * 10_000)
    return path
