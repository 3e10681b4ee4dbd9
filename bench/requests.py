"""HTTP requests and the time they take: one after the other, or by eight clients at once."""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CLIENTS = 8
_ROOT = Path(__file__).resolve().parents[1]
IDLE_SECONDS = 1.0
"""After so long without a request a connection is made anew."""


@dataclass(frozen=True)
class Request:
    """What is asked of a server."""

    method: str
    path: str
    body: str | None = None


class RequestFailed(Exception):
    """A server answered with a fault."""


class Client:
    """One connection that is kept open; made anew after a rest, since servers end connections that are idle."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        self._headers = dict(headers or {})
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
        self._used_at = time.perf_counter()

    def send(self, request: Request) -> tuple[bytes, float]:
        """Sends a request.

        Returns:
            The answer's content, and the seconds from sending to its last byte.

        Raises:
            RequestFailed: If the status is one of a fault.
        """
        if time.perf_counter() - self._used_at > IDLE_SECONDS:
            self._connection.close()
            self._connection.connect()
        began = time.perf_counter()
        headers = {**self._headers, "Content-Type": "application/json"} if request.body else self._headers
        self._connection.request(request.method, request.path, request.body, headers)
        response = self._connection.getresponse()
        content = response.read()
        self._used_at = time.perf_counter()
        seconds = self._used_at - began
        if response.status >= http.client.BAD_REQUEST:
            raise RequestFailed(content.decode(errors="replace"))
        return content, seconds

    def ask(self, request: Request) -> Any:  # noqa: ANN401 -- JSON
        """The answer of JSON."""
        return json.loads(self.send(request)[0])

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()


@dataclass(frozen=True)
class Load:
    """What came of as many requests as eight clients could send in a time.

    Attributes:
        durations: The seconds each took.
        seconds: The time.
        client_ms: Processor time of the clients for each request.
    """

    durations: list[float]
    seconds: float
    client_ms: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.durations) / self.seconds


def load(url: str, requests: Iterable[Request], seconds: float, headers: Mapping[str, str] | None = None) -> Load:
    """Has eight clients, in a process of their own, send these requests over and over.

    Args:
        url: Of the server.
        requests: From the first again after the last.
        seconds: How long.
        headers: What each carries besides.

    Raises:
        RequestFailed: If one failed.
    """
    told = {
        "url": url,
        "requests": [[request.method, request.path, request.body] for request in requests],
        "seconds": seconds,
        "clients": CLIENTS,
        "headers": dict(headers or {}),
    }
    ended = subprocess.run(
        [sys.executable, "-m", "bench.hammer"],
        cwd=_ROOT,
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise RequestFailed(ended.stderr)
    answered = json.loads(ended.stdout)
    durations: list[float] = answered["durations"]
    return Load(durations, seconds, answered["cpu_seconds"] * 1000 / len(durations))
