"""Requests as bytes, right and wrong, and what a server says to them."""

import re
import socket
import time
from dataclasses import dataclass

from hypothesis import strategies as st

MOST_SECONDS = 5.0
QUIET_SECONDS = 0.3
"""With nothing heard for so long, the server is told that nothing more will come."""

_STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3}) [^\r\n]*\r\n", re.MULTILINE)
_ID = b"job_" + b"0" * 26

METHODS = st.one_of(
    st.sampled_from(
        [b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"HEAD", b"OPTIONS", b"TRACE", b"CONNECT", b"get", b""]
    ),
    st.binary(min_size=1, max_size=20),
)
_ESCAPES = st.sampled_from(
    [
        b"%00",
        b"%ff%fe",
        b"%2e%2e%2f",
        b"..",
        b"%0d%0aInjected:%201",
        b"%",
        b"%zz",
        b"%25",
        b"\xff",
        b"\xc3\xa9",
        b";a",
        b"%ed%a0%80",
    ]
)
_PLACES = st.sampled_from(
    [
        b"/",
        b"/v1/jobs",
        b"/v1/jobs/",
        b"/v1/jobs/" + _ID,
        b"/v1/jobs/" + _ID + b"/metrics",
        b"/v1/jobs/" + _ID + b"/events",
        b"/v1/jobs/" + _ID + b"/artifacts/",
        b"/v1/networks/inspect",
        b"/healthz",
        b"/docs",
        b"/openapi.json",
        b"//v1//jobs",
        b"*",
        b"http://elsewhere.example/v1/jobs",
    ]
)
_PARAMETERS = st.sampled_from(
    [
        *(b"limit", b"cursor", b"status", b"name", b"dataset", b"sweep", b"parent"),
        *(b"created_after", b"created_before"),
        *(b"metadata", b"metadata[a]", b"metadata[]", b"metadata[a][b]", b"metadata[%ff]", b"metadata%5Ba%5D"),
        *(b"wait_seconds", b"after_epoch", b"dry_run", b"", b"%00", b"%ff"),
    ]
)
_ARGUMENTS = st.sampled_from(
    [
        *(b"", b"0", b"1", b"-1", b"1.5", b"nan", b"1e400", b"9" * 30, b"true", b"null", b"a", b"[]", b"{}", b"MQ"),
        *(b"queued", b"2026-01-31T12:00:00Z", b"9999-12-31T23:59:59-23:59", b"%00", b"%ff", b"%ed%a0%80", b"=", b"+"),
    ]
)
_QUERIES = st.one_of(
    st.just(b""),
    st.lists(st.tuples(_PARAMETERS, _ARGUMENTS).map(b"=".join), max_size=3).map(lambda said: b"?" + b"&".join(said)),
)
TARGETS = st.one_of(
    st.tuples(_PLACES, st.lists(_ESCAPES, max_size=3).map(b"".join), _QUERIES).map(b"".join),
    st.builds(lambda place, length: place + b"a" * length, _PLACES, st.sampled_from([300, 10_000, 100_000])),
    st.builds(
        lambda place, length: place + b"?name=" + b"a" * length, _PLACES, st.sampled_from([300, 10_000, 100_000])
    ),
    st.binary(min_size=1, max_size=40),
)
VERSIONS = st.sampled_from(
    [b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/1.1 ", b"HTTP/9", b"", b"nonsense"]
)
_VALUES = st.one_of(
    st.sampled_from(
        [
            b"",
            b" ",
            b"a" * 300,
            b"a" * 20_000,
            b"\xff\xfe",
            b"*",
            b"*/*;q=nan",
            b"text/event-stream",
            b"0",
            b"-1",
            b"\0",
        ]
    ),
    st.binary(max_size=40),
)
_KNOWN_HEADERS = st.sampled_from(
    [
        *(b"Accept", b"Accept-Encoding", b"Authorization", b"Content-Encoding", b"Content-Type", b"Cookie", b"Expect"),
        *(
            b"Host",
            b"Idempotency-Key",
            b"If-None-Match",
            b"If-Range",
            b"Last-Event-ID",
            b"Origin",
            b"Range",
            b"Upgrade",
        ),
        *(b"X-Forwarded-For", b"X-HTTP-Method-Override", b"X-Request-ID", b"traceparent"),
    ]
)
_FRAMING = st.sampled_from(
    [
        *(
            (b"Content-Length", value)
            for value in (b"0", b"5", b"-1", b"+5", b"0x5", b"5, 5", b"99999999999999999999", b"no")
        ),
        *(
            (b"Transfer-Encoding", value)
            for value in (b"chunked", b"chunked, chunked", b"gzip", b"identity", b"xchunked")
        ),
        (b"Content-Type", b"application/json"),
        (b"Connection", b"close"),
        (b"Expect", b"100-continue"),
        (b"Range", b"bytes=0-0,1-1,-1"),
        (b"Upgrade", b"websocket"),
    ]
)
HEADERS = st.lists(
    st.one_of(_FRAMING, st.tuples(_KNOWN_HEADERS, _VALUES), st.tuples(st.binary(min_size=1, max_size=20), _VALUES)),
    max_size=6,
)
BODIES = st.one_of(
    st.just(b""),
    st.just(b"{}"),
    st.just(b'{"network":{"layers":[]},"input_shape":[1]}'),
    st.sampled_from(
        [
            b"5\r\nhello\r\n0\r\n\r\n",
            b"5\r\nhel",
            b"zz\r\n",
            b"ffffffffffffffff\r\n",
            b"0\r\nInjected: 1\r\n\r\n",
            b"-1\r\n",
        ]
    ),
    st.binary(max_size=200),
    st.just(b"[" * 10_000),
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """One request, more or less; a third of them keep to the rules of HTTP so far that the application is reached."""
    method, target, version = draw(METHODS), draw(TARGETS), draw(VERSIONS)
    headers, body = draw(HEADERS), draw(BODIES)
    if draw(st.integers(0, 2)) == 0:
        method, version = draw(st.sampled_from([b"GET", b"POST", b"DELETE"])), b"HTTP/1.1"
        framing = [(b"Host", b"127.0.0.1"), (b"Connection", b"close"), (b"Content-Length", str(len(body)).encode())]
        headers = [*framing, (b"Content-Type", b"application/json")]
        target = b"/" + re.sub(rb"[\x00-\x20\x7f-\xff#]", b"", target).lstrip(b"/")
    end = draw(st.sampled_from([b"\r\n"] * 8 + [b"\n", b"\r", b"\r\n "]))
    lines = [b" ".join([method, target, version]), *(name + b": " + value for name, value in headers)]
    return end.join(lines) + end + end + body


@dataclass(frozen=True)
class Reply:
    """What came back.

    Attributes:
        raw: All of it.
        seconds: From the last byte sent to the end of the connection.
    """

    raw: bytes
    seconds: float

    @property
    def statuses(self) -> list[int]:
        """Of all answers in it."""
        return [int(status) for status in _STATUS.findall(self.raw)]


def exchange(port: int, request: bytes) -> Reply:
    """Sends bytes and hears until the server ends the connection, which it does as soon as nothing more will come.

    Raises:
        TimeoutError: If it does not within `MOST_SECONDS`.
    """
    heard = bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout=MOST_SECONDS) as connection:
        started = time.monotonic()
        try:
            connection.sendall(request)
            connection.settimeout(QUIET_SECONDS)
            is_open = True
            while True:
                try:
                    piece = connection.recv(65_536)
                except TimeoutError:
                    if not is_open:
                        raise
                    connection.shutdown(socket.SHUT_WR)
                    connection.settimeout(MOST_SECONDS)
                    is_open = False
                    continue
                if not piece:
                    break
                heard += piece
        except (ConnectionResetError, BrokenPipeError):
            # It hung up on what it will not read.
            pass
        return Reply(bytes(heard), time.monotonic() - started)
