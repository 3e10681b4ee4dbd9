"""The API's process: what it does without its broker. As several it is in `test_metrics.py`."""

import time
from pathlib import Path

import httpx
import pytest

from tests.api.service import running_api
from tests.api.specs import digits
from tests.services.redis import RedisServer


@pytest.mark.usefixtures("sqlite_url")  # the home's own
def test_jobs_are_taken_at_once_while_the_broker_is_away_and_hinted_at_again_once_it_is_back(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    with (
        running_api(tmp_path, broker_url=redis_server.url) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        redis_server.stop()
        try:
            for _ in range(5):
                started = time.monotonic()
                answer = client.post("/v1/jobs", json=digits())
                assert answer.status_code == 201
                # A connection to the broker is given up after some seconds; no request waits for that.
                assert time.monotonic() - started < 1.5
            told = client.get("/readyz").json()
            assert told["detail"] == "No worker is alive. The broker does not answer."
        finally:
            redis_server.start()
        deadline = time.monotonic() + 20
        while client.get("/readyz").json()["detail"] != "No worker is alive.":
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert client.post("/v1/jobs", json=digits()).status_code == 201


def test_a_wrong_setting_is_refused_by_name(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match=r"(?s)ended with 2.*NETCOACH_API_PROCESSES"),
        running_api(tmp_path, api_processes="none"),
    ):
        pytest.fail("it started")
