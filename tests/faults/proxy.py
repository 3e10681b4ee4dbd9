"""A proxy between a program and a server, which cuts, swallows and drops what passes."""

import contextlib
import socket
import threading
from pathlib import Path
from typing import Self

Address = str | tuple[str, int]
"""A unix socket's path, or a host and port."""
_CHUNK_BYTES = 2**16


class Proxy:
    """Passes bytes on until it is told otherwise.

    Attributes:
        port: Where it listens, if that is TCP.
        answer_bytes: How much of an answer passes on a new connection, which is then cut; None for all of it.
        is_rest_swallowed: Whether what is beyond `answer_bytes` is swallowed, and the connection left open.
        is_refusing: Whether new connections are closed at once.
        is_swallowing: Whether nothing passes on new ones.
        cuts: How many connections were cut for what passed.
    """

    def __init__(self, upstream: Address, listen: Path | None = None) -> None:
        """Listens at once.

        Args:
            upstream: The server.
            listen: A unix socket's path; a free port of this machine unless said.
        """
        self._upstream = upstream
        self._lock = threading.Lock()
        self._pairs: list[_Pair] = []
        self._pattern: bytes | None = None
        self._is_passed_on = False
        self._cuts_left = 0
        self.answer_bytes: int | None = None
        self.is_rest_swallowed = False
        self.is_refusing = False
        self.is_swallowing = False
        self.cuts = 0
        if listen is None:
            self._listener = socket.create_server(("127.0.0.1", 0))
        else:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(listen))
            self._listener.listen(64)
            listen.chmod(0o777)
        self.port: int = self._listener.getsockname()[1] if listen is None else 0
        self._thread = threading.Thread(target=self._accept, name="proxy", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def swallow(self) -> None:
        """Nothing passes on the connections that are open, for ever, and neither side is told; new ones are well."""
        with self._lock:
            for pair in self._pairs:
                pair.is_swallowed.set()

    def cut(self) -> None:
        """Close all connections."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            pair.cut()

    def cut_on(self, pattern: bytes, *, is_passed_on: bool, times: int = 1) -> None:
        """Close a connection when the client sends this.

        Args:
            pattern: What to wait for.
            is_passed_on: Whether the server still gets it.
            times: How many connections.
        """
        with self._lock:
            self._pattern, self._is_passed_on, self._cuts_left = pattern, is_passed_on, times

    def close(self) -> None:
        """Close all."""
        # A thread that waits in accept is woken by this, and not by closing alone.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self.cut()
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            pair.join()

    def is_to_cut(self, data: bytes) -> bool:
        """Whether the connection on which the client sent this is to be cut now."""
        with self._lock:
            if self._pattern is None or not self._cuts_left or self._pattern not in data:
                return False
            self._cuts_left -= 1
            self.cuts += 1
            return True

    @property
    def is_cut_passed_on(self) -> bool:
        """Whether the server gets what the cut waits for."""
        return self._is_passed_on

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.is_refusing:
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX if isinstance(self._upstream, str) else socket.AF_INET)
            try:
                server.connect(self._upstream)
            except OSError:
                client.close()
                server.close()
                continue
            pair = _Pair(self, client, server)
            if self.is_swallowing:
                pair.is_swallowed.set()
            with self._lock:
                self._pairs.append(pair)
            # Known before anything passes: who has had an answer can have it swallowed.
            pair.start()


class _Pair:
    """One connection and its other half."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self.is_swallowed = threading.Event()
        self._threads = [threading.Thread(target=pump, daemon=True) for pump in (self._pump_there, self._pump_back)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def cut(self) -> None:
        for end in (self._client, self._server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def join(self) -> None:
        for thread in self._threads:
            thread.join(5)
        self._client.close()
        self._server.close()

    def _pump_there(self) -> None:
        with contextlib.suppress(OSError):
            while data := self._client.recv(_CHUNK_BYTES):
                if self.is_swallowed.is_set():
                    continue
                if self._proxy.is_to_cut(data):
                    if self._proxy.is_cut_passed_on:
                        # The client is gone first, so no answer reaches it; what the server got it carries out.
                        self._client.shutdown(socket.SHUT_RDWR)
                        self._server.sendall(data)
                        self._server.shutdown(socket.SHUT_WR)
                    break
                self._server.sendall(data)
        if not self.is_swallowed.is_set():
            self.cut()

    def _pump_back(self) -> None:
        left = self._proxy.answer_bytes
        with contextlib.suppress(OSError):
            while data := self._server.recv(_CHUNK_BYTES):
                if self.is_swallowed.is_set():
                    continue
                if left is not None:
                    data = data[:left]
                    left -= len(data)
                self._client.sendall(data)
                if left == 0 and self._proxy.is_rest_swallowed:
                    self.is_swallowed.set()
                elif left == 0:
                    self._proxy.cuts += 1
                    break
        if not self.is_swallowed.is_set():
            self.cut()
