"""HTTP requests and the time they take: one after the other, or by eight clients at once."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

CLIENTS = 8
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

    def __init__(self, url: str) -> None:
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
        headers = {"Content-Type": "application/json"} if request.body else {}
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


def load(url: str, request: Callable[[], Request], seconds: float) -> list[float]:
    """The seconds each request took, of all that eight clients could send in a time.

    Raises:
        RequestFailed: If one failed.
    """
    durations: list[float] = []
    faults: list[Exception] = []
    deadline = time.perf_counter() + seconds

    def send_until_deadline() -> None:
        client = Client(url)
        try:
            while time.perf_counter() < deadline:
                durations.append(client.send(request())[1])
        except Exception as fault:  # noqa: BLE001 -- raised below, in the thread that asked
            faults.append(fault)
        finally:
            client.close()

    threads = [threading.Thread(target=send_until_deadline) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return durations
