"""References that are wanted on this worker."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from worker.reference_messages import Prepared

_MOST_WAITING = 100
_MOST_KNOWN = 1_000


@dataclass(frozen=True)
class Wanted:
    """A reference that is wanted.

    Attributes:
        key: Unlike those of all other choices of rows.
        datasets: The data sets of users that the rows are of, by id.
        prepared: Where they lie.
    """

    key: str
    datasets: tuple[str, ...]
    prepared: Prepared


class WantedReferences:
    """Those that jobs on this worker want, in the order in which they came; each is taken once.

    Args:
        is_on: Whether this worker computes any.
    """

    def __init__(self, *, is_on: bool) -> None:
        self._is_on = is_on
        self._waiting: OrderedDict[str, Wanted] = OrderedDict()
        self._known: OrderedDict[str, None] = OrderedDict()
        self._has_some = asyncio.Event()

    def want(self, prepared: Prepared | None, datasets: Sequence[str]) -> str | None:
        """A job has prepared its rows.

        Args:
            prepared: As its trainer told.
            datasets: The data sets of users that they are of, by id.

        Returns:
            The key of the reference that holds for the job; None where there is none for it.
        """
        if prepared is None or not self._is_on:
            return None
        key = hashlib.sha256(" ".join([prepared.choice, *datasets]).encode()).hexdigest()
        if key not in self._known and key not in self._waiting and len(self._waiting) < _MOST_WAITING:
            self._waiting[key] = Wanted(key, tuple(datasets), prepared)
            self._has_some.set()
        return key

    async def next(self) -> Wanted:
        """The one that waits longest, once there is one."""
        while not self._waiting:
            self._has_some.clear()
            await self._has_some.wait()
        _, wanted = self._waiting.popitem(last=False)
        self._known[wanted.key] = None
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return wanted

    def forget(self, key: str) -> None:
        """Nothing came of it: the next job that wants it may have more luck."""
        self._known.pop(key, None)
