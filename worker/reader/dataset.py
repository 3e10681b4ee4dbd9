"""What a file was read to: its columns, and the facts of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from worker.reader.columns.column import Column
from worker.reader.previews import Shown, preview_of
from worker.reader.statistics import statistics_of

READER_VERSION = 2
"""Raised when the same bytes would be read otherwise."""

_FEW_VALUES = 20
_COLOURS = 3


@dataclass(frozen=True)
class Warned:
    """Something that was read, but is probably not what was meant.

    Attributes:
        code: Stable and snake_case.
        column: Which it is about, if it is about one.
        message: What is doubtful, and what to do about it.
    """

    code: str
    column: str | None
    message: str


@dataclass(frozen=True)
class ReadDataset:
    """A file that was read.

    Attributes:
        format: Of the file.
        rows: How many.
        columns: In the file's order, without those that are ignored.
        warnings: About them.
        dialect: How a CSV file was read; None for others.
        classes: Of pictures in folders, in order.
        previews: What is shown of some pictures, by their rows, in the order in which they are shown.
    """

    format: str
    rows: int
    columns: Sequence[Column]
    warnings: Sequence[Warned]
    dialect: Mapping[str, object] | None = None
    classes: tuple[str, ...] | None = None
    previews: Mapping[int, Shown] = field(default_factory=dict[int, Shown])

    def preview(self) -> dict[str, Any]:
        """The rows that people are shown, as JSON; reads the columns, which must not be packed yet."""
        return preview_of(self.columns, self.rows, self.previews)

    def shape(self, target: str | None) -> list[int] | None:
        """Of a row of the one array that is not the target, or of a picture, if all have the same."""
        for column in self.columns:
            if column.type == "image":
                return _shape_of_pictures(column)
        shapes = [column.shape for column in self.columns if column.shape and column.name != target]
        return list(shapes[0]) if len(shapes) == 1 else None

    def facts(self, target: str | None = None) -> dict[str, Any]:
        """What is known of the data set, as JSON; reads the columns for their statistics."""
        told = [_facts_of(place, column) for place, column in enumerate(self.columns)]
        warnings = [*self.warnings, *_of_statistics(self.columns, told, self.rows), *_of_target(target, told)]
        classes = next((column.values for column in self.columns if column.name == target), None) or self.classes
        return {
            "reader": READER_VERSION,
            "format": self.format,
            "rows": self.rows,
            "target": target,
            "shape": self.shape(target),
            "classes": None if classes is None else list(classes),
            "dialect": None if self.dialect is None else dict(self.dialect),
            "columns": told,
            "warnings": [{"code": one.code, "column": one.column, "message": one.message} for one in warnings],
        }


def doubts_of(columns: Sequence[Column]) -> list[Warned]:
    """The warnings that columns came with."""
    return [Warned(doubt.code, column.name, doubt.message) for column in columns for doubt in column.doubts]


def _shape_of_pictures(column: Column) -> list[int] | None:
    """Height, width and channels."""
    sizes: Any = column.details["sizes"]
    modes: Any = column.details["mode_counts"]
    if len(sizes) != 1 or len(modes) != 1:
        return None
    return [sizes[0]["height"], sizes[0]["width"], _COLOURS if "RGB" in modes else 1]


def _facts_of(place: int, column: Column) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": column.name,
        "member": str(place),
        "type": column.type,
        "is_guessed": column.is_guessed,
        "reason": column.reason,
        "missing": column.missing,
        "shape": list(column.shape),
        **statistics_of(column),
        **column.details,
    }
    if column.values is not None:
        facts["values"] = list(column.values)
    if column.truth is not None:
        facts["truth"] = dict(column.truth)
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in facts.items()
    }


def _of_statistics(columns: Sequence[Column], told: Sequence[dict[str, Any]], rows: int) -> list[Warned]:
    found: list[Warned] = []
    for column, facts in zip(columns, told, strict=True):
        there, distinct = rows - column.missing, facts["distinct"]
        if not there:
            found.append(Warned("empty_column", column.name, "All values are missing. Ignore the column."))
        elif distinct == 1:
            found.append(Warned("constant_column", column.name, "All values are the same. Ignore the column."))
        elif column.type == "category" and distinct == there > 1:
            message = "Every value is different, as in a column of ids. Ignore the column if it is one."
            found.append(Warned("id_column", column.name, message))
    return found


def _of_target(target: str | None, told: Sequence[dict[str, Any]]) -> list[Warned]:
    """A target of few whole numbers may be classes, or grades."""
    for facts in told:
        distinct, top = facts["distinct"], facts["top"]
        if facts["name"] != target or facts["type"] != "number" or not facts["is_guessed"] or not top:
            continue
        if distinct <= _FEW_VALUES and all(float(one["value"]).is_integer() for one in top):
            message = (
                f"The target has {distinct:,} different whole numbers, and was read as a number, since all values are "
                "numbers. Describe it as a category if they are classes."
            )
            return [Warned("whole_target", target, message)]
    return []
