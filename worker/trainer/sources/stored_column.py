"""A column of a user's data set, as it lies in its read form, and the ways in which its values can be looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spec.datasets.column_facts import ColumnFacts
from worker.trainer.untyped import Array

NO_DATE = np.iinfo(np.int64).min
"""In the place of a missing date."""

_EXACT = 2**53
"""Whole numbers beyond it are not all floats."""


@dataclass(frozen=True)
class StoredColumn:
    """A column, mapped from its file. Rows are given by their numbers, or as a slice.

    Attributes:
        facts: What is known of it.
        arrays: Its members by their endings.
        values: Of a category, by their codes; sorted, as numbers if all of them are numbers.
        truth: What the values of a boolean mean.
        modes: Of pictures: what the numbers in its member ``.modes`` stand for.
    """

    facts: ColumnFacts
    arrays: Mapping[str, Array]
    values: tuple[str, ...] = ()
    truth: Mapping[str, bool] | None = None
    modes: tuple[str, ...] = ()

    def numbers(self, rows: Array | slice) -> Array:
        """float64 (rows, …), NaN where missing: numbers, 0 and 1 of booleans, seconds since 1970 of dates."""
        stored = self.arrays[""][rows]
        if self.facts.type == "number":
            return stored.astype(np.float64)
        if self.facts.type == "date":
            return np.where(stored == NO_DATE, np.nan, stored / 1e6)
        return np.where(stored < 0, np.nan, stored.astype(np.float64))

    def raw(self, rows: Array | slice) -> Array:
        """As stored, of what has a single member."""
        return self.arrays[""][rows]

    def is_missing(self, rows: Array | slice) -> Array:
        """Which rows have no value; of arrays, those that lack any number."""
        if self.facts.type == "text":
            return ~self.arrays[".validity"][rows]
        if self.facts.type == "image":
            return np.zeros(len(self.arrays[".modes"][rows]), bool)
        stored: Array = self.arrays[""][rows]
        if self.facts.type == "date":
            return np.equal(stored, NO_DATE)
        if self.facts.type != "number":
            return np.less(stored, 0)
        if stored.dtype.kind != "f":
            return np.zeros(len(stored), bool)
        return np.asarray(np.isnan(stored).reshape(len(stored), -1).any(axis=1))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the codes of a category or a boolean stand for; empty of others."""
        if self.facts.type == "category":
            return self.values
        if self.facts.type == "boolean":
            return tuple(self._name_of_truth(is_true) for is_true in (False, True))
        return ()

    def _name_of_truth(self, is_true: bool) -> str:  # noqa: FBT001 -- the value itself
        """The first value of the file that means this."""
        said = sorted(value for value, meaning in (self.truth or {}).items() if meaning is is_true)
        return said[0] if said else str(is_true).lower()

    def coded(self, rows: Array | slice) -> tuple[Array, Sequence[str]]:
        """Codes, -1 where missing, and the texts that they stand for, in order."""
        if self.names:
            return self.arrays[""][rows].astype(np.int64), self.names
        if self.facts.type == "number" and not self.facts.shape:
            return _coded_numbers(self.arrays[""][rows])
        return _coded_texts(self.texts(rows))

    def texts(self, rows: Array | slice) -> list[str | None]:
        """Values as text, None where missing."""
        if self.facts.type == "text":
            return self._stored_texts(rows)
        if self.facts.type == "date":
            moments = self.arrays[""][rows]
            return [None if moment == NO_DATE else _written_date(int(moment)) for moment in moments]
        codes, names = self.coded(rows)
        return [None if code < 0 else names[int(code)] for code in codes]

    def _stored_texts(self, rows: Array | slice) -> list[str | None]:
        is_there = self.arrays[".validity"][rows]
        return [
            bytes(data).decode() if there else None for data, there in zip(self.encoded(rows), is_there, strict=True)
        ]

    def encoded(self, rows: Array | slice) -> list[memoryview]:
        """The bytes of texts or pictures, where they lie.

        Raises:
            ValueError: They do not lie within the column.
        """
        offsets, data = self.arrays[".offsets"], self.arrays[".bytes"]
        begins, ends = offsets[:-1][rows], offsets[1:][rows]
        if len(begins) and (begins.min() < 0 or (ends < begins).any() or ends.max() > len(data)):
            raise ValueError("The places of values are not within their bytes.")
        memory = data.data
        return [memory[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]


def text_of(number: float) -> str:
    """A number as Python writes it, a whole one without a point."""
    number = float(number)
    return str(int(number)) if number.is_integer() and abs(number) <= _EXACT else repr(number)


def _coded_numbers(numbers: Array) -> tuple[Array, Sequence[str]]:
    there = ~np.isnan(numbers) if numbers.dtype.kind == "f" else np.ones(len(numbers), bool)
    codes = np.full(len(numbers), -1, np.int64)
    different, codes[there] = np.unique(numbers[there], return_inverse=True)
    return codes, [text_of(number) for number in different.tolist()]


def _coded_texts(texts: Sequence[str | None]) -> tuple[Array, Sequence[str]]:
    names = sorted({text for text in texts if text is not None})
    places = {name: place for place, name in enumerate(names)}
    return np.array([-1 if text is None else places[text] for text in texts], np.int64), names


def _written_date(moment: int) -> str:
    """A day, or a moment in UTC, as the facts have it."""
    written = str(np.datetime64(moment, "us"))
    return written.removesuffix("T00:00:00.000000").removesuffix(".000000") + ("Z" if moment % 86_400_000_000 else "")
