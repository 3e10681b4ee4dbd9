"""``python -m bench.hammer``: eight clients in a process of their own, on bare sockets: a request costs it little.

Its standard input is a JSON object: ``url``, ``requests`` (each ``[method, path, body or null]``), ``seconds``,
``clients``, and ``headers`` that each request carries besides. It sends the requests one after another, from the first
again after the last, each on the first connection that is free. Its last line is a JSON object: ``durations`` in
seconds, and ``cpu_seconds`` of its own.
"""

import itertools
import json
import re
import selectors
import socket
import sys
import time
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 120
_CHUNK_BYTES = 2**18
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_FAULT = 400


class AnswerFaulty(Exception):
    """A server answered with a fault, or not in the way this program reads."""


class _Connection:
    """One connection: sends a request, gathers the answer."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), TIMEOUT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        self._expected: int | None = None
        self._began = 0.0

    def send(self, request: bytes) -> None:
        self._received, self._expected = b"", None
        self._began = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> float | None:
        """The seconds since sending, once the answer is whole."""
        chunk = self.socket.recv(_CHUNK_BYTES)
        if not chunk:
            raise AnswerFaulty("the server closed the connection")
        self._received += chunk
        if self._expected is None:
            head = self._received.find(b"\r\n\r\n")
            if head < 0:
                return None
            length = _LENGTH.search(self._received, 0, head)
            if length is None:
                raise AnswerFaulty("an answer without Content-Length")
            self._expected = head + 4 + int(length[1])
        if len(self._received) < self._expected:
            return None
        if int(self._received[9:12]) >= _FAULT:
            raise AnswerFaulty(self._received.decode(errors="replace"))
        return time.perf_counter() - self._began


def hammer(
    url: str,
    requests: list[tuple[str, str, str | None]],
    seconds: float,
    clients: int,
    headers: dict[str, str],
) -> list[float]:
    """The seconds each request took, of all that so many clients could send in a time.

    Raises:
        AnswerFaulty: If one failed.
    """
    where = urlsplit(url)
    host, port = where.hostname or "127.0.0.1", where.port or 80
    written = itertools.cycle([_written(where.netloc, headers, *request) for request in requests])
    durations: list[float] = []
    with selectors.DefaultSelector() as selector:
        connections = [_Connection(host, port) for _ in range(clients)]
        deadline = time.perf_counter() + seconds
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(next(written))
        busy = clients
        while busy:
            ready = selector.select(TIMEOUT_SECONDS)
            if not ready:
                raise AnswerFaulty(f"no answer within {TIMEOUT_SECONDS} s")
            for key, _ in ready:
                connection = key.data
                taken = connection.receive()
                if taken is None:
                    continue
                durations.append(taken)
                if time.perf_counter() < deadline:
                    connection.send(next(written))
                else:
                    busy -= 1
        for connection in connections:
            connection.socket.close()
    return durations


def _written(host: str, headers: dict[str, str], method: str, path: str, body: str | None) -> bytes:
    content = (body or "").encode()
    told = f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n" if body else ""
    told += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{told}\r\n".encode() + content


def main() -> None:
    """Does what the standard input says."""
    told: dict[str, Any] = json.load(sys.stdin)
    began = time.process_time()
    durations = hammer(told["url"], told["requests"], told["seconds"], told["clients"], told["headers"])
    sys.stdout.write(json.dumps({"durations": durations, "cpu_seconds": time.process_time() - began}) + "\n")


if __name__ == "__main__":
    main()
