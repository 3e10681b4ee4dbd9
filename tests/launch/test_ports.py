"""The port is known, and known to be free, before anything is started."""

import socket

import pytest

from launch.errors import UnusableSetting
from launch.ports import choose_port, url_of


def test_zero_gives_a_free_port() -> None:
    port = choose_port("127.0.0.1", 0)
    with socket.create_server(("127.0.0.1", port)):
        assert port >= 1024


def test_a_port_in_use_is_refused_by_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UnusableSetting, match=f"^NETCOACH_PORT: {port} is already in use"):
            choose_port("127.0.0.1", port)
    assert choose_port("127.0.0.1", port) == port


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "a" * 70])
def test_an_address_that_is_not_this_machine_s_is_refused_by_name(host: str) -> None:
    with pytest.raises(UnusableSetting, match=r"^NETCOACH_HOST: "):
        choose_port(host, 0)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 -- a name, nothing is bound
        ("::1", "http://[::1]:8000"),
        ("::", "http://[::1]:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_the_url_can_be_opened_on_this_machine(host: str, url: str) -> None:
    assert url_of(host, 8000) == url
