"""Bytes that are hardly HTTP, and HTTP that is hardly a request: nothing of it may cost more than an answer."""

import re
from collections import Counter
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from hypothesis import given

from tests.fuzz import wire
from tests.fuzz.rounds import Rounds, run, tried

EXAMPLES = 120
MOST_GROWTH_BYTES = 40 * 2**20
"""Of the process's memory: what allocators and caches take, and no more with ten times the requests."""


@pytest.fixture(scope="module")
def port(keyless_api: str) -> int:
    return urlsplit(keyless_api).port or 80


@pytest.fixture(scope="module")
def process(port: int) -> psutil.Process:
    """The one that listens."""
    (found,) = (
        child
        for child in psutil.Process().children(recursive=True)
        for connection in child.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
    )
    return found


def test_no_bytes_bring_it_down(keyless_api: str, port: int, process: psutil.Process, rounds: Rounds) -> None:
    seen: Counter[int] = Counter()

    @tried(EXAMPLES)
    @given(wire.requests())
    def send(request: bytes) -> None:
        reply = wire.exchange(port, request)
        assert all(status < 500 for status in reply.statuses), (request[:500], reply.raw[:500])
        assert not re.search(rb"^injected", reply.raw.partition(b"\r\n\r\n")[0], re.IGNORECASE | re.MULTILINE), request[
            :500
        ]
        seen.update(reply.statuses)

    before = None
    for seed in rounds.seeds(0.1):
        run(seed, send)
        before = before or process.memory_info().rss
    assert before is not None
    run(0, send)
    assert process.memory_info().rss - before < MOST_GROWTH_BYTES
    assert process.is_running()
    assert httpx.get(f"{keyless_api}/healthz").status_code == 200
    # The generator reaches the application, its router and the parser in front of it.
    assert {200, 404, 405, 422, 400} <= seen.keys(), seen
