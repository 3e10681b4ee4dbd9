"""HTTP as uvicorn reads it, with bounds: the length of a head, the number of headers, the time to send a request.

And on the way back: one answer at a time waits for a client to take it, and not for ever. uvicorn's own protocol waits
for ever for the rest of a request, keeps a header of any length, and begins a request while the answer to the one
before lies unread.
"""

import asyncio
import contextlib
import fcntl
import socket
import struct
import sys
import termios
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from api.answers.problems import BAD_REQUEST, HEAD_TOO_LARGE, REQUEST_TIMEOUT, URI_TOO_LONG, Kind, problem
from api.requests.request_ids import new_request_id
from api.serving.unread import UnreadAnswers

MAX_HEAD_BYTES = 32 * 2**10
"""Of the request line and all headers, or of what follows a chunked body."""
MAX_HEADERS = 100
MAX_URI_BYTES = 8 * 2**10

READ_TIMEOUT_STATE = "read_timeout_seconds"
"""Name in the application's lifespan state of how long a head may take, and a body beyond what its length gains."""
UNREAD_STATE = "unread_answers"
"""Name in that state of the process's `UnreadAnswers`."""
CONNECTION_STATE = "connection"
"""Name in the state of each request of the `BoundedProtocol` that it came by."""
MAX_PIPELINED = 16
"""Requests that may wait for the answer to the one before; behind them the connection ends, once they are answered."""
NOTABLE_BYTES = 64 * 2**10
"""So much of an answer that the kernel took at once is counted at once, and not only with the next look."""
LOOK_SECONDS = 0.1
"""How often it is looked whether the client has taken what the kernel keeps for it."""
LEAST_BYTES_PER_SECOND = 1_000
"""So much of a body gains a second."""
LINGER_SECONDS = 2.0
"""How long a client that was answered may go on sending the rest of its request, which is thrown away."""
MOST_LINGER_BYTES = 2**20
"""How much it may send after a refusal: a connection that is closed with input unread is reset, and the answer lost."""

_AT_ONCE = struct.pack("ii", 1, 0)
"""As `SO_LINGER`: what is closed does not go on sending."""
_NO_NUMBER = bytes(4)
"""Where the kernel writes an `int`."""
_TCP_INFO_BYTES = 192
_ACKNOWLEDGED_AT = 120
"""Where Linux has `tcpi_bytes_acked` in its `struct tcp_info` (tcp(7))."""


class _Refused(Exception):
    """What the parser is stopped with; the reason is kept in the protocol."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol of one connection; what it refuses is told as a problem document, and the connection ends."""

    def __init__(self, *arguments: Any, **more: Any) -> None:  # noqa: ANN401 -- uvicorn's signature, passed on
        super().__init__(*arguments, **more)
        self._patience_seconds: float = self.app_state[READ_TIMEOUT_STATE]
        self._refusal: tuple[Kind, str] = (BAD_REQUEST, "The request is not valid HTTP.")
        # What came since the last part of a request was whole: the parser holds it.
        self._unfinished_bytes = 0
        self._body_bytes = 0
        self._is_message_open = False
        self._timer: asyncio.TimerHandle | None = None
        self._reads_since = 0.0
        self._unread: UnreadAnswers = self.app_state[UNREAD_STATE]
        self._running: RequestResponseCycle | None = None
        self._next: tuple[RequestResponseCycle, Any] | None = None
        self._is_full = False
        # What came since a refusal; None before one.
        self._thrown_away_bytes: int | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] -- uvicorn's own signature
        """A client came: its first head is waited for."""
        super().connection_made(transport)
        self._wait(self._patience_seconds, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """It went."""
        self._stop_waiting()
        self._unread.forget(self)
        self._next = None
        self._disconnect()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """It takes its answer more slowly than that is written."""
        super().pause_writing()
        self._unread.grown(self)

    def resume_writing(self) -> None:
        """It has taken nearly all of it."""
        super().resume_writing()
        self._unread.drained(self)
        if self._next is not None:
            (cycle, app), self._next = self._next, None
            self._start_asgi_task(cycle, app)

    def is_answering(self) -> bool:
        """Whether a request is being served, or waits to be."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete

    def unread_bytes(self) -> int:
        """What was written and the client has not acknowledged: it waits in this process, or in the kernel."""
        return self.transport.get_write_buffer_size() + self._kept_by_the_kernel()

    def acknowledged_bytes(self) -> int:
        """What the client's machine has acknowledged; 0 where that cannot be told."""
        try:
            told: bytes = self.transport.get_extra_info("socket").getsockopt(
                socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES
            )
            return int(struct.unpack_from("=Q", told, _ACKNOWLEDGED_AT)[0])
        except (OSError, struct.error):
            return 0

    async def taken(self) -> None:
        """Waits until the client has taken nearly all of the latest answer, or the next one begins."""
        cycle = self._running
        while self._running is cycle and (self.flow.write_paused or self._kept_by_the_kernel() > NOTABLE_BYTES):
            if self.flow.write_paused:
                await self.flow.drain()
            else:
                await asyncio.sleep(LOOK_SECONDS)

    def abort(self) -> None:
        """Ends the connection at once; what was not taken yet is thrown away, what the kernel has of it too."""
        self._disconnect()
        with contextlib.suppress(OSError):
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """It sent something."""
        if self._is_full:
            return  # this is not answered any more
        if self._thrown_away_bytes is not None:
            self._throw_away(data)
            return
        self._unfinished_bytes += len(data)
        super().data_received(data)
        is_over = self._thrown_away_bytes is not None or self.transport.is_closing()
        if self._unfinished_bytes > MAX_HEAD_BYTES and not is_over:
            self._refusal = (HEAD_TOO_LARGE, f"The request line and headers can have at most {MAX_HEAD_BYTES:,} bytes.")
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """A request begins: its head is waited for."""
        if len(self.pipeline) >= MAX_PIPELINED:
            self._is_full = True
            raise _Refused
        super().on_message_begin()
        self.scope["state"][CONNECTION_STATE] = self  # pyright: ignore[reportTypedDictNotRequiredAccess] -- it was just made
        self._is_message_open = True
        self._body_bytes = 0
        self._wait(self._patience_seconds, self._head_is_late)

    def on_url(self, url: bytes) -> None:
        """A part of the request's address."""
        super().on_url(url)
        if len(self.url) > MAX_URI_BYTES:
            self._refuse(URI_TOO_LONG, f"The URL of a request can have at most {MAX_URI_BYTES:,} bytes.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, of the head or after a chunked body."""
        if len(self.headers) >= MAX_HEADERS:
            self._refuse(HEAD_TOO_LARGE, f"A request can have at most {MAX_HEADERS} headers.")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole: the body is waited for."""
        if sum(len(name) + len(value) for name, value in self.headers) > MAX_HEAD_BYTES:
            self._refuse(HEAD_TOO_LARGE, f"The request line and headers can have at most {MAX_HEAD_BYTES:,} bytes.")
        self._unfinished_bytes = 0
        self._reads_since = self.loop.time()
        self._wait(self._patience_seconds, self._body_is_late)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._unfinished_bytes = 0
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._unfinished_bytes = 0
        self._is_message_open = False
        self._stop_waiting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The request is answered. What is still to come of it is not waited for long."""
        super().on_response_complete()
        if self._kept_by_the_kernel() > NOTABLE_BYTES:
            self._unread.grown(self)
        if self._is_message_open and not self.transport.is_closing():
            self._wait(LINGER_SECONDS, self.transport.close)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 -- uvicorn's signature; its text is not told
        """Tells what was refused, and ends the connection."""
        kind, detail = self._refusal
        self._stop_waiting()
        self._unread.watch(self)
        if self._is_full:
            # A client sends again what was not answered (RFC 9112, section 9.3.2).
            self.cycle.keep_alive = False
            return
        cycle = cast("RequestResponseCycle | None", self.cycle)  # uvicorn types it otherwise, and begins with None
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(_answer(kind, detail))
        if cycle is not None and not cycle.response_complete:
            # The application hears that the client is gone, as it soon will be.
            cycle.disconnected = True
            cycle.message_event.set()
        self._linger()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 -- uvicorn's signature
        if self.flow.write_paused:
            # The answer before it waits to be taken: no other is made meanwhile, or one client had many of them kept.
            self.flow.pause_reading()
            self._next = (cycle, app)
            return
        self._unread.watch(self)
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _kept_by_the_kernel(self) -> int:
        try:
            told = fcntl.ioctl(self.transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, _NO_NUMBER)
        except (OSError, ValueError):  # it is closed
            return 0
        return int.from_bytes(told, sys.byteorder)

    def _disconnect(self) -> None:
        """The application hears that the client is gone; uvicorn tells that to the last of several requests alone."""
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()

    def _linger(self) -> None:
        """Ends what is sent, and the connection once the client has read that and ends it, or sends too long."""
        self._disconnect()
        self.pipeline.clear()
        self._next = None
        if self.transport.is_closing():
            return
        self._thrown_away_bytes = 0
        self.transport.write_eof()
        self.flow.resume_reading()
        self._wait(LINGER_SECONDS, self.transport.close)

    def _throw_away(self, data: bytes) -> None:
        self._thrown_away_bytes = (self._thrown_away_bytes or 0) + len(data)
        if self._thrown_away_bytes > MOST_LINGER_BYTES:
            self.transport.close()

    def _refuse(self, kind: Kind, detail: str) -> None:
        self._refusal = (kind, detail)
        raise _Refused

    def _head_is_late(self) -> None:
        if self._is_message_open:
            self._refusal = (
                REQUEST_TIMEOUT,
                f"The headers of the request did not arrive within {self._patience_seconds:g} s.",
            )
            self.send_400_response("")
        else:
            self.transport.close()

    def _body_is_late(self) -> None:
        now = self.loop.time()
        until = self._reads_since + self._patience_seconds + self._body_bytes / LEAST_BYTES_PER_SECOND
        if self.flow.read_paused:
            until = now + self._patience_seconds  # it is the service that does not read
        if until > now:
            self._wait(until - now, self._body_is_late)
            return
        slow = f"less than {LEAST_BYTES_PER_SECOND:,} bytes per second"
        self._refusal = (REQUEST_TIMEOUT, f"The request body arrived too slowly: {slow}.")
        self.send_400_response("")

    def _wait(self, seconds: float, act: Any) -> None:  # noqa: ANN401 -- a callback without arguments
        self._stop_waiting()
        self._timer = self.loop.call_later(seconds, act)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _answer(kind: Kind, detail: str) -> bytes:
    """A problem document as it goes over the wire; no application sees it."""
    request_id = new_request_id()
    told = problem(kind, detail, request_id=request_id, headers={"X-Request-ID": request_id, "Connection": "close"})
    head = [STATUS_LINE[kind.status]]
    for name, value in (*told.raw_headers, (b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")):
        head += [name, b": ", value, b"\r\n"]
    return b"".join([*head, b"\r\n", bytes(told.body)])
