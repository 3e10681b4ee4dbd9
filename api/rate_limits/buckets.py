"""Token buckets: `Rate` says how they fill; one kind lies in this process, one in Redis for all processes."""

import math
import time
from dataclasses import dataclass
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

_TIMEOUT_SECONDS = 0.1
"""Longest wait for Redis; after that requests are counted here."""
_PREFIX = "netcoach:rate:"

# Redis's own clock: those of several machines differ. Numbers go out as text, since Redis cuts off their fractions.
# A bucket is forgotten when even one that owes all it may would be full again.
_SCRIPT = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local rate, burst, least, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(kept[1]) or burst
tokens = math.min(burst, tokens + math.max(0, now - (tonumber(kept[2]) or now)) * rate)
local given = 0
%s
tokens = tokens - given
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', string.format('%%.6f', now))
redis.call('EXPIRE', KEYS[1], math.ceil(2 * burst / rate) + 1)
return {tostring(given), tostring(tokens)}
"""
_TAKE = _SCRIPT % "if tokens >= least then given = math.min(tokens, most) end"
_CHARGE = _SCRIPT % "given = math.min(most, burst + tokens)"


@dataclass(frozen=True)
class Rate:
    """How a bucket fills.

    Attributes:
        per_second: Tokens that are added a second.
        burst: Tokens it holds at most; it begins full.
    """

    per_second: float
    burst: float

    def seconds_for(self, tokens: float) -> int:
        """How long so many take to be added, rounded up to whole seconds; one at least."""
        return max(1, math.ceil(tokens / self.per_second))


@dataclass(frozen=True, slots=True)
class Taken:
    """What a bucket gave.

    Attributes:
        given: Tokens; none where it has fewer than were needed.
        left: Tokens that are in it now.
    """

    given: float
    left: float


class Buckets(Protocol):
    """Many buckets, one a holder."""

    async def take(self, holder: str, least: float, most: float) -> Taken:
        """Takes ``most`` tokens, or as many as there are; none where these are fewer than ``least``."""
        ...

    async def charge(self, holder: str, tokens: float) -> Taken:
        """Takes so many tokens, whether they are there or not; no bucket comes to owe more than its burst."""
        ...

    async def close(self) -> None:
        """Lets go of what it holds."""
        ...


class LocalBuckets:
    """Buckets of this process alone, of the holders that came last."""

    MOST_HOLDERS = 10_000

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._kept: dict[str, tuple[float, float]] = {}

    async def take(self, holder: str, least: float, most: float) -> Taken:
        """As `Buckets` says."""
        tokens = self._tokens_of(holder)
        return self._keep(holder, tokens, min(tokens, most) if tokens >= least else 0.0)

    async def charge(self, holder: str, tokens: float) -> Taken:
        """As `Buckets` says."""
        held = self._tokens_of(holder)
        return self._keep(holder, held, min(tokens, held + self._rate.burst))

    async def close(self) -> None:
        """Nothing is held."""

    def _tokens_of(self, holder: str) -> float:
        now = time.monotonic()
        tokens, at = self._kept.get(holder, (self._rate.burst, now))
        return min(self._rate.burst, tokens + (now - at) * self._rate.per_second)

    def _keep(self, holder: str, tokens: float, given: float) -> Taken:
        # Put at the end: the first is the one that was not asked for longest.
        self._kept.pop(holder, None)
        self._kept[holder] = (tokens - given, time.monotonic())
        if len(self._kept) > self.MOST_HOLDERS:
            del self._kept[next(iter(self._kept))]
        return Taken(given, tokens - given)


class RedisBuckets:
    """Buckets in Redis, one round trip each time."""

    def __init__(self, url: str, rate: Rate) -> None:
        """Does not connect yet.

        Args:
            url: ``redis://``, ``rediss://`` or ``redis+socket://``.
            rate: How they fill.
        """
        self._rate = rate
        address = url.replace("redis+socket://", "unix://", 1)
        self._redis: Redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType] -- redis-py types it loosely
            address,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 1),  # a connection that lay idle may have died with an earlier Redis
        )
        self._take: Any = self._redis.register_script(_TAKE)
        self._charge: Any = self._redis.register_script(_CHARGE)

    async def take(self, holder: str, least: float, most: float) -> Taken:
        """As `Buckets` says.

        Raises:
            RedisError: If Redis does not do it in time.
            OSError: Likewise.
        """
        return await self._run(self._take, holder, least, most)

    async def charge(self, holder: str, tokens: float) -> Taken:
        """As `Buckets` says; raises as `take` does."""
        return await self._run(self._charge, holder, 0.0, tokens)

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()

    async def _run(self, script: Any, holder: str, least: float, most: float) -> Taken:  # noqa: ANN401 -- redis-py types it loosely
        given, left = await script(keys=[_PREFIX + holder], args=[self._rate.per_second, self._rate.burst, least, most])
        return Taken(float(given), float(left))
