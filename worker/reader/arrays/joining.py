"""Arrays that are parts of one column: ``x_train``, ``x_val`` and ``x_test``, as Keras saves its data sets."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from spec.datasets.descriptions import DatasetDescription
from spec.language.sentences import enumeration
from worker.reader.arrays.headers import Header, Source, pieces_of
from worker.reader.columns.column import Column
from worker.reader.columns.files import ColumnFile
from worker.reader.dataset import Warned
from worker.reader.faults import FaultList, FileFault, shown

PART = "part"
"""The column that says of each row which of the arrays it is from."""

_TRAINING, _VALIDATION, _TEST = _PARTS = ("training", "validation", "test")
"""In the order in which they are joined."""
_ENDINGS = {
    "train": _TRAINING,
    "training": _TRAINING,
    "val": _VALIDATION,
    "valid": _VALIDATION,
    "validation": _VALIDATION,
    "test": _TEST,
}
_NAME = re.compile(rf"(.+)_({'|'.join(_ENDINGS)})", re.DOTALL)


@dataclass(frozen=True)
class Array:
    """An array that becomes a column, perhaps joined from several.

    Attributes:
        name: Of the column.
        sources: Where it is, in the order of the rows.
        headers: What each of them says of itself.
    """

    name: str
    sources: tuple[Source, ...]
    headers: tuple[Header, ...]

    @property
    def header(self) -> Header:
        """Of all of them together."""
        first = self.headers[0]
        if len(self.headers) == 1:
            return first
        rows = sum(header.shape[0] for header in self.headers)
        dtype = np.result_type(*(header.dtype for header in self.headers))
        return replace(first, shape=(rows, *first.shape[1:]), is_fortran=False, dtype=dtype)

    def pieces(self, copy: Path | None = None) -> Iterator[np.ndarray[Any, Any]]:
        """The rows, piece by piece; ``copy`` is where one in Fortran order is written meanwhile."""
        dtype = self.header.dtype
        for source, header in zip(self.sources, self.headers, strict=True):
            for piece in pieces_of(source, header, copy):
                yield piece.astype(dtype, copy=False)


@dataclass(frozen=True)
class Joining:
    """Which arrays are joined.

    Attributes:
        columns: By the name of the column, the arrays, in the order of the rows; one where nothing is joined.
        parts: What each of them is a part of; empty where nothing is joined.
    """

    columns: Mapping[str, tuple[Source, ...]]
    parts: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Of all columns that come of it."""
        return [*self.columns, *([PART] if self.parts else [])]


def joining_of(sources: Sequence[Source], description: DatasetDescription) -> Joining:
    """How arrays become columns: joined if all of them are parts, and nobody describes one of them by itself."""
    plain = Joining({source.name: (source,) for source in sources})
    by_name: dict[str, dict[str, Source]] = {}
    for source in sources:
        found = _NAME.fullmatch(source.name)
        if found is None or source.name in description.columns or source.name == description.target:
            return plain
        name, part = found[1], _ENDINGS[found[2]]
        if part in by_name.setdefault(name, {}):
            return plain
        by_name[name][part] = source
    kinds = {frozenset(parts) for parts in by_name.values()}
    if len(kinds) != 1 or PART in by_name:
        return plain
    parts = tuple(part for part in _PARTS if part in next(iter(kinds)))
    if len(parts) == 1 or _TRAINING not in parts:
        return plain
    return Joining({name: tuple(found[part] for part in parts) for name, found in by_name.items()}, parts)


def check_parts(arrays: Sequence[Array], faults: FaultList) -> None:
    """See that arrays that are joined are alike, and that all columns have equally long parts."""
    for array in arrays:
        first, others = array.headers[0], array.headers[1:]
        for source, header in zip(array.sources[1:], others, strict=True):
            if header.shape[1:] != first.shape[1:] or header.dtype.kind != first.dtype.kind:
                message = (
                    f"The array has {header.dtype.name} of the shape {header.shape[1:]} in each row, and "
                    f"`{shown(array.sources[0].name)}` has {first.dtype.name} of the shape {first.shape[1:]}, so they "
                    "cannot be joined. Save them alike, or under names that do not end with their parts."
                )
                faults.add(FileFault("unlike_parts", message, column=shown(source.name)))
    for array in arrays[1:]:
        for place, (source, header) in enumerate(zip(array.sources, array.headers, strict=True)):
            other, rows = arrays[0].sources[place], arrays[0].headers[place].shape[0]
            if header.shape[0] != rows:
                message = (
                    f"The array has {header.shape[0]:,} rows, and `{shown(other.name)}` has {rows:,}. All arrays of a "
                    "part need equally many rows. Ignore this one, or save it otherwise."
                )
                faults.add(FileFault("unequal_rows", message, column=shown(source.name)))


def part_column(joining: Joining, array: Array, path: Path) -> Column:
    """The column that says which part each row is from."""
    lengths = [header.shape[0] for header in array.headers]
    values = tuple(sorted(joining.parts))
    file = ColumnFile(path, "<i4")
    for part, rows in zip(joining.parts, lengths, strict=True):
        file.add(np.full(rows, values.index(part), np.int32))
    counts = dict(zip(joining.parts, lengths, strict=True))
    return Column(
        name=PART,
        type="category",
        is_guessed=False,
        reason="The arrays are parts of one data set.",
        rows=sum(lengths),
        missing=0,
        files={"": file},
        values=values,
        counts=tuple(counts[value] for value in values),
    )


def joined_warning(joining: Joining) -> Warned:
    """What was joined, and how a job keeps the parts apart."""
    name, sources = next(iter(joining.columns.items()))
    said = ", ".join(f'"{part}": "{part}"' for part in joining.parts)
    message = (
        f"Arrays that are parts of one were joined. For instance, `{shown(name)}` is "
        f"{enumeration([f'`{shown(source.name)}`' for source in sources], 'and')}. The column `{PART}` says which part "
        f'each row is from. To keep them apart, give a job `"split": {{"column": {{"column": "{PART}", {said}}}}}`.'
    )
    return Warned("joined_arrays", PART, message)
