"""Keeps what was made last, as far as memory allows."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """What knows its size."""

    @property
    def size_bytes(self) -> int:
        """Memory it takes."""
        ...


Value = TypeVar("Value", bound=Sized)


class BoundedCache(Generic[Value]):
    """The values asked for last, at most so many bytes and so many values of them.

    Args:
        limit_bytes: Memory that all of them may take together; a greater one is made, and not kept.
        limit_values: How many of them are kept.
    """

    def __init__(self, limit_bytes: int, limit_values: int) -> None:
        self._limit_bytes = limit_bytes
        self._limit_values = limit_values
        self._values: OrderedDict[str, Value] = OrderedDict()

    def get(self, key: str, make: Callable[[], Value]) -> Value:
        """The value kept under ``key``, or else the one that ``make`` makes."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        value = make()
        self._values[key] = value
        while self._values and (len(self._values) > self._limit_values or self.size_bytes > self._limit_bytes):
            self._values.popitem(last=False)
        return value

    def clear(self) -> None:
        """Forget all of them."""
        self._values.clear()

    @property
    def size_bytes(self) -> int:
        """Memory that the kept values take."""
        return sum(value.size_bytes for value in self._values.values())
