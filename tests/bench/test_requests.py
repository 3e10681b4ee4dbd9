import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.requests import CLIENTS, Client, Request, RequestFailed, load


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        content = b'{"a": 1}'
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_request_is_answered_and_timed(url: str) -> None:
    client = Client(url)
    content, seconds = client.send(Request("GET", "/"))
    assert content == b'{"a": 1}'
    assert seconds > 0
    assert client.ask(Request("GET", "/")) == {"a": 1}
    client.close()


def test_all_clients_send_until_the_time_is_up(url: str) -> None:
    loaded = load(url, [Request("GET", "/"), Request("GET", "/other")], 0.3)
    assert len(loaded.durations) >= CLIENTS
    assert sum(loaded.durations) <= CLIENTS * 5
    assert loaded.rate == len(loaded.durations) / 0.3
    assert 0 < loaded.client_ms < 10


def test_a_fault_ends_the_load(url: str) -> None:
    with pytest.raises(RequestFailed, match='"a": 1'):
        load(url, [Request("GET", "/missing")], 30)
