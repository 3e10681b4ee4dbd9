"""Clients on bare sockets that take what they asked for slowly, or not at all."""

import asyncio
import re
import socket
from collections.abc import Sequence

import httpx

NIBBLE_BYTES = 1024
NIBBLE_SECONDS = 0.05
SMALL_BUFFER_BYTES = 4096


class Reader:
    """A connection that one or several requests were sent on at once, and whose kernel takes little unasked."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def open(
        cls, address: str, path: str, headers: Sequence[tuple[str, str]] = (), *, times: int = 1
    ) -> "Reader":
        """Sends GET requests."""
        url = httpx.URL(address)
        connection = socket.socket()
        connection.settimeout(0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
        reader = cls(connection)
        await reader._loop.sock_connect(connection, (url.host, url.port))
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers)]
        await reader._loop.sock_sendall(connection, "\r\n".join([*lines, "", ""]).encode() * times)
        return reader

    async def take(self, most_bytes: int = 2**16) -> bytes:
        """What comes next; empty once the server has ended the connection, in order or not."""
        try:
            return await self._loop.sock_recv(self._connection, most_bytes)
        except ConnectionError:
            return b""

    async def nibble(self) -> int:
        """Takes little by little until the end; how many bytes there were."""
        count = 0
        while piece := await self.take(NIBBLE_BYTES):
            count += len(piece)
            await asyncio.sleep(NIBBLE_SECONDS)
        return count

    async def rest(self) -> bytes:
        """All that still comes."""
        pieces: list[bytes] = []
        while piece := await self.take():
            pieces.append(piece)
        return b"".join(pieces)

    async def rest_of_answer(self) -> bytes:
        """All of one answer, whose connection may stay open."""
        heard = b""
        while piece := await self.take():
            heard += piece
            head, _, body = heard.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            if heard.endswith(b"\r\n0\r\n\r\n") or (length is not None and len(body) >= int(length[1])):
                break
        return heard

    def close(self) -> None:
        """Goes away."""
        self._connection.close()
