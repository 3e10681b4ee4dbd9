from collections.abc import Iterator

import httpx
import pytest

from tests.services.service import running_service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a whole running service on embedded defaults."""
    with (
        running_service(tmp_path_factory.mktemp("home")) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield client
