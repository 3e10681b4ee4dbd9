"""Whether a caller may send one more request: asks the shared bucket for a few tokens at once and spends them here."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from redis.exceptions import RedisError

from api.rate_limits.buckets import Buckets, LocalBuckets, Rate, Taken

_log = structlog.stdlib.get_logger("api")

_BATCHES_PER_SECOND = 10
"""A process holds no more tokens of one caller than are added to its bucket in a tenth of a second."""
_AWAY_SECONDS = 5.0
"""How long Redis is left alone after it did not answer."""
_MOST_PURSES = 10_000


@dataclass(slots=True)
class _Purse:
    """What this process has for one caller.

    Attributes:
        tokens: Taken from the shared bucket, and not spent.
        left: What was in that bucket then.
        refused_until: `time.monotonic` before which it need not be asked again for ``refused`` tokens.
    """

    tokens: float = 0.0
    left: float = 0.0
    refused_until: float = 0.0
    refused: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request is taken.

    Attributes:
        is_taken: It is.
        remaining: Tokens left.
        retry_after_seconds: When it will be, if it is not.
    """

    is_taken: bool
    remaining: int
    retry_after_seconds: int


class RateLimiter:
    """Counts requests; never fails, and never takes more than a moment.

    While Redis does not answer each process counts by itself: what is let through is at most as many times the rate
    as there are processes.
    """

    def __init__(self, rate: Rate, shared: Buckets | None = None) -> None:
        """Does not connect yet.

        Args:
            rate: Of each caller.
            shared: Buckets of all processes; without them this process counts alone.
        """
        self.rate = rate
        self._shared = shared
        self._local = LocalBuckets(rate)
        self._away_until = 0.0
        self._batch = min(rate.burst, rate.per_second) / _BATCHES_PER_SECOND
        self._purses: dict[str, _Purse] = {}

    async def take(self, holder: str, cost: float) -> Verdict:
        """Whether the holder may send a request of this cost now; if so, it is paid."""
        purse = self._purse_of(holder)
        cost = min(cost, self.rate.burst)  # else none could ever be sent
        if purse.tokens < cost:
            now = time.monotonic()
            if cost >= purse.refused and now < purse.refused_until:
                return self._refuse(purse, cost)
            most = max(cost, self._batch)
            taken = await self._ask(lambda buckets: buckets.take(holder, cost, most))
            purse.tokens += taken.given
            purse.left = taken.left
            if purse.tokens < cost:
                purse.refused = cost
                purse.refused_until = now + (cost - taken.left) / self.rate.per_second
                return self._refuse(purse, cost)
        purse.tokens -= cost
        return Verdict(is_taken=True, remaining=int(purse.tokens + purse.left), retry_after_seconds=0)

    async def charge(self, holder: str, tokens: float) -> int:
        """Takes what a request has cost beyond what was paid for it; the holder may come to owe it.

        Returns:
            Tokens left.
        """
        purse = self._purse_of(holder)
        at_hand = min(purse.tokens, tokens)
        purse.tokens -= at_hand
        if tokens > at_hand:
            taken = await self._ask(lambda buckets: buckets.charge(holder, tokens - at_hand))
            purse.left = taken.left
        return max(0, int(purse.tokens + purse.left))

    async def close(self) -> None:
        """Lets go of the connection to Redis."""
        if self._shared is not None:
            await self._shared.close()

    async def _ask(self, ask: Callable[[Buckets], Awaitable[Taken]]) -> Taken:
        """What the shared buckets give, or this process's own while Redis is away."""
        if self._shared is not None and time.monotonic() >= self._away_until:
            try:
                return await ask(self._shared)
            except (RedisError, OSError) as error:
                self._away_until = time.monotonic() + _AWAY_SECONDS
                _log.warning("each process counts requests by itself", reason=type(error).__name__)
        return await ask(self._local)

    def _refuse(self, purse: _Purse, cost: float) -> Verdict:
        missing = cost - purse.left
        if purse.refused_until > (now := time.monotonic()):
            missing = max(missing, (purse.refused_until - now) * self.rate.per_second)
        return Verdict(
            is_taken=False, remaining=int(purse.tokens), retry_after_seconds=self.rate.seconds_for(max(0.0, missing))
        )

    def _purse_of(self, holder: str) -> _Purse:
        purse = self._purses.get(holder)
        if purse is None:
            purse = self._purses[holder] = _Purse()
            if len(self._purses) > _MOST_PURSES:
                # What was taken for the one known longest is lost to it: a tenth of a second's worth.
                del self._purses[next(iter(self._purses))]
        return purse
