"""A real HTTP server that webhooks are sent to, on loopback, in threads of its own."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CERTIFICATE = Path(__file__).parents[1] / "broker" / "certificates" / "elsewhere.pem"
"""Of the name `elsewhere.example`, signed by itself."""


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, in its order; ``answer`` writes what is answered, 204 unless it is replaced."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    answer: Callable[[Any], None] = lambda handler: (handler.send_response(204), handler.end_headers())

    def answers(self, status: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> None:
        """Answer so from now on."""

        def write(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in (headers or {}).items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        self.answer = write


@contextmanager
def receiver(*, is_tls: bool = False) -> Iterator[Receiver]:
    """A server that runs meanwhile."""
    box = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            box.received.append(Received(self.path, dict(self.headers.items()), self.rfile.read(length)))
            try:
                box.answer(self)
            except OSError:
                self.close_connection = True  # whoever asked has gone

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A handshake that the other side breaks off is no fault here."""

    server = Server(("127.0.0.1", 0), Handler)
    box.port = server.server_address[1]
    if is_tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
