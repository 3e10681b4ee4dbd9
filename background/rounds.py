"""Work that is due by the piece: what cannot be done of it keeps nothing else from being done."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0
MOST_REMEMBERED = 10_000
PAGE = 100

Item = TypeVar("Item")


class Setbacks:
    """Things that failed by themselves: each is left alone for a while, twice as long each time."""

    def __init__(self) -> None:
        self._pauses: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def note(self, key: str) -> None:
        """It failed."""
        _, before_seconds = self._pauses.pop(key, (0.0, FIRST_PAUSE_SECONDS / 2))
        pause_seconds = min(2 * before_seconds, LONGEST_PAUSE_SECONDS)
        self._pauses[key] = (time.monotonic() + pause_seconds, pause_seconds)
        if len(self._pauses) > MOST_REMEMBERED:
            self._pauses.popitem(last=False)

    def forget(self, key: str) -> None:
        """It was done, or need not be done any more."""
        self._pauses.pop(key, None)

    def is_due(self, key: str) -> bool:
        """Whether it may be tried."""
        return key not in self._pauses or self._pauses[key][0] <= time.monotonic()

    @property
    def waiting(self) -> list[str]:
        """What is not to be tried yet."""
        return [key for key in self._pauses if not self.is_due(key)]


@dataclass(kw_only=True, eq=False)
class Rounds(Generic[Item]):
    """Goes through what is due, page by page, round and round.

    A page is done in one go; where that fails, by halves, down to the piece that is at fault. So neither one piece nor
    a whole page of them that cannot be done holds up what comes behind.

    Attributes:
        page: What is due behind this key, at most so many, in the order of their keys.
        key_of: What tells a piece from all others.
        act: Does it to these, all or none.
        note_failure: Called with the key and the error of a piece that could not be done.
        is_outage: Whether an error means that nothing can be done now; it is passed on, and no piece blamed.
        most_at_once: How many `act` takes.
    """

    page: Callable[[str, int], Awaitable[Sequence[Item]]]
    key_of: Callable[[Item], str]
    act: Callable[[Sequence[Item]], Awaitable[None]]
    note_failure: Callable[[str, Exception], None]
    is_outage: Callable[[Exception], Awaitable[bool]]
    most_at_once: int = PAGE
    _behind: str = field(default="", init=False)
    _setbacks: Setbacks = field(default_factory=Setbacks, init=False)

    async def go(self) -> bool:
        """Do the next page of what is due; whether there may be another behind it."""
        items = await self.page(self._behind, PAGE)
        self._behind = self.key_of(items[-1]) if len(items) == PAGE else ""
        due = [item for item in items if self._setbacks.is_due(self.key_of(item))]
        for first in range(0, len(due), self.most_at_once):
            await self._do(due[first : first + self.most_at_once])
        return bool(self._behind)

    async def _do(self, items: Sequence[Item]) -> None:
        try:
            await self.act(items)
        except Exception as error:
            if await self.is_outage(error):
                raise
            if len(items) > 1:
                half = len(items) // 2
                await self._do(items[:half])
                await self._do(items[half:])
                return
            self._setbacks.note(self.key_of(items[0]))
            self.note_failure(self.key_of(items[0]), error)
        else:
            for item in items:
                self._setbacks.forget(self.key_of(item))
