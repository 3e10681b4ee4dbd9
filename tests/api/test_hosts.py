"""Which Host and Origin headers are those of this machine."""

import pytest

from api.access.hosts import is_own, is_same


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8000", "netcoach.localhost", "127.0.0.1", "127.0.0.1:8000", "127.8.9.1", "[::1]:8000"],
)
def test_a_host_of_this_machine(host: str) -> None:
    assert is_own([host])


@pytest.mark.parametrize(
    "host",
    [
        *("", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "127.1"),
        *("[::1", "[::1]x", "[::1%25lo]", "::1", "[]", "evil@127.0.0.1", "127.0.0.1@evil", "127.0.0.1/evil"),
        *("127.0.0.1:", "127.0.0.1:port", "127.0.0.1:999999", "127.0.0.1 ", "localhost\n", "١٢٧.0.0.1"),
    ],
)
def test_any_other_host(host: str) -> None:
    assert not is_own([host])


def test_a_host_is_said_once() -> None:
    assert not is_own([])
    assert not is_own(["localhost", "localhost"])


def test_the_origin_of_the_pages_that_a_host_serves() -> None:
    assert is_same("http://localhost:8000", "localhost:8000")
    assert is_same("https://LOCALHOST", "localhost")
    for other in ("http://localhost", "http://localhost:1", "null", "", "http://[", "http://evil@localhost:8000"):
        assert not is_same(other, "localhost:8000")
