"""A server that a test or a fixture needs for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar


class Server(Protocol):
    """What can be started, and closed however far it came."""

    def start(self) -> None: ...

    def close(self) -> None: ...


Started = TypeVar("Started", bound=Server)


@contextmanager
def started(server: Started) -> Iterator[Started]:
    """The server, which runs until the block is left."""
    try:
        server.start()
        yield server
    finally:
        server.close()
