"""Sends one request to one webhook, and only to public addresses unless others are allowed.

The name is looked up here, every address it has is looked at, and the connection goes to one of those very addresses:
between the look and the connection there is no second look-up that could answer otherwise. No proxy of the
environment is used and no redirect followed, since both would go elsewhere.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import cast

import httpcore

from api.webhooks.retries import asked_seconds
from services.webhooks.addresses import Target, is_public

MAX_ANSWER_BYTES = 8 * 1024
"""Read of an answer, and thrown away; what is longer is cut off."""
_MOST_ADDRESSES = 4
_LOOKUPS_AT_ONCE = 64
"""More than messages: a look-up that hangs goes on when its message has been given up."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Addresses of a host's name; raises `OSError` where it has none."""


class AddressRefused(Exception):
    """The name leads to an address that is not public."""


class NameUnknown(Exception):
    """The name leads nowhere."""


@dataclass(frozen=True)
class Outcome:
    """What came of one request.

    Attributes:
        response_status: HTTP's, if there was an answer.
        error: Why it counts as failed, without any address; None if it arrived.
        duration_seconds: From the look-up to the answer's end.
        retry_after_seconds: How long the answer asks to be left alone, if it does.
    """

    response_status: int | None
    error: str | None
    duration_seconds: float = 0.0
    retry_after_seconds: float | None = None


_SUCCESSFUL = range(200, 300)
_REDIRECTIONS = range(300, 400)
_WORDS: dict[type[Exception], str] = {
    AddressRefused: "The host name of the URL resolves to an address that is not public.",
    NameUnknown: "The host name of the URL cannot be resolved.",
    httpcore.ConnectError: "The connection could not be established.",
    httpcore.NetworkError: "The connection was lost.",
    httpcore.TimeoutException: "The connection was lost.",
    httpcore.ProtocolError: "The response was not valid HTTP.",
}
"""What the owner of a webhook is told; no word of ours or of the network's own, which name addresses."""


class SystemResolver:
    """The system's own look-up, in threads of its own: one that hangs holds up nobody else's work."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_LOOKUPS_AT_ONCE, thread_name_prefix="lookup")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The host's addresses, each once, in the system's order."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _look_up, host, port)
        return list(dict.fromkeys(found))

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Connects to what it has looked at itself."""

    def __init__(self, resolve: Resolve, *, is_private_allowed: bool) -> None:
        self._resolve = resolve
        self._is_private_allowed = is_private_allowed
        self._inner = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to one of the host's addresses, tried in their order.

        Raises:
            NameUnknown: If it has none.
            AddressRefused: If one of them is not public: whoever names one among others means it.
            ConnectError: If none takes the connection.
        """
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise NameUnknown from error
        if not self._is_private_allowed and not all(is_public(address) for address in addresses):
            raise AddressRefused
        failure: httpcore.ConnectError | None = None
        for address in addresses[:_MOST_ADDRESSES]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                failure = error
        raise failure or NameUnknown

    async def sleep(self, seconds: float) -> None:
        """As the inner one does."""
        await self._inner.sleep(seconds)


class Sender:
    """Sends; connections are not kept, since the next message to the same place may be hours away."""

    def __init__(
        self,
        resolve: Resolve,
        *,
        timeout_seconds: float,
        is_private_allowed: bool,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Connects to nothing yet.

        Args:
            resolve: Looks names up.
            timeout_seconds: For one request as a whole, from the look-up to the answer's end.
            is_private_allowed: Whether any address will do.
            ssl_context: What certificates are checked with; the system's authorities unless said.
        """
        self._timeout_seconds = timeout_seconds
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context or ssl.create_default_context(),
            network_backend=PinnedBackend(resolve, is_private_allowed=is_private_allowed),
            max_connections=None,
            max_keepalive_connections=0,
        )

    async def post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Send one request; whatever the other side does becomes an outcome."""
        started = time.monotonic()
        outcome = await self._try(target, headers, body)
        return replace(outcome, duration_seconds=time.monotonic() - started)

    async def close(self) -> None:
        """Close what is open."""
        await self._pool.aclose()

    async def _try(self, target: Target, headers: Mapping[str, str], body: bytes) -> Outcome:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                answer = await self._exchange(target, headers, body)
        except TimeoutError:
            return Outcome(None, f"No response was received within {self._timeout_seconds:g} s.")
        except tuple(_WORDS) as error:
            if any(isinstance(cause, ssl.SSLError) for cause in _causes(error)):
                return Outcome(None, "A trusted TLS connection could not be established.")
            return Outcome(None, next(words for kind, words in _WORDS.items() if isinstance(error, kind)))
        if answer.status in _SUCCESSFUL:
            return Outcome(answer.status, None)
        hint = " Redirects are not followed." if answer.status in _REDIRECTIONS else ""
        words = f"The receiver responded with status {answer.status}.{hint}"
        return Outcome(answer.status, words, retry_after_seconds=asked_seconds(answer.headers))

    async def _exchange(self, target: Target, headers: Mapping[str, str], body: bytes) -> httpcore.Response:
        """The answer's head; of its body some is read and thrown away."""
        head: dict[str | bytes, str | bytes] = {"Host": target.authority, **headers}
        async with self._pool.stream("POST", target.url, headers=head, content=body) as response:
            read_bytes = 0
            async for chunk in response.aiter_stream():
                read_bytes += len(chunk)
                if read_bytes >= MAX_ANSWER_BYTES:
                    break
            return response


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause = error.__cause__ or error.__context__
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _look_up(host: str, port: int) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
