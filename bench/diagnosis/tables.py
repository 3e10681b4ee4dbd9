"""The rows of jobs that are judged: made here, or in a package, or on this machine already; nothing is downloaded."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from bench.own_data import images
from spec.datasets.column_facts import ColumnFacts
from spec.datasets.facts import DatasetFacts

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Rows:
    """What a user uploads as an NPZ.

    Attributes:
        x: Of shape (rows, …).
        y: Of shape (rows,): class numbers, or numbers; of shape (rows, labels) where several labels may hold.
        target: What `y` is.
    """

    x: Array
    y: Array
    target: Literal["classes", "number", "labels"] = "classes"

    def npz(self) -> bytes:
        """The file."""
        made = io.BytesIO()
        np.savez(made, x=self.x, y=self.y)
        return made.getvalue()

    def facts(self, name: str) -> DatasetFacts:
        """What the service's reader finds out of the file, as far as a check of a job asks.

        Args:
            name: The id of the data set.
        """
        read = (_column("x", self.x), _column("y", self.y))
        return DatasetFacts(
            name=name,
            rows=len(self.x),
            input_shape=(),
            target="number",
            target_column="y",
            scaling="standard",
            read=read,
        )


def _column(name: str, values: Array) -> ColumnFacts:
    shape = values.shape[1:]
    told: dict[str, Any] = {"name": name, "member": name, "type": "number", "shape": shape}
    told |= {"min": float(values.min()), "max": float(values.max()), "dtype": str(values.dtype) if shape else None}
    if not shape:
        distinct, counts = np.unique(values, return_counts=True)
        told["distinct"] = len(distinct)
        if len(distinct) <= _COUNTED:
            pairs = sorted(zip(counts.tolist(), distinct.tolist(), strict=True), key=lambda pair: -pair[0])
            told["top"] = [{"value": float(value), "count": count} for count, value in pairs]
    return ColumnFacts.of(told)


_COUNTED = 50
"""The reader counts the rows of no more values than that."""


def _plane(seed: int, rows: int, columns: int = 2) -> tuple[np.random.Generator, Array]:
    chance = np.random.default_rng(seed)
    return chance, chance.uniform(-1, 1, (rows, columns))


def rings() -> Rows:
    """Three rings around each other, with a little noise."""
    chance = np.random.default_rng(101)
    y = chance.integers(0, 3, 900)
    turn = chance.uniform(0, 2 * np.pi, 900)
    radius = 0.4 + 0.6 * y + chance.normal(0, 0.09, 900)
    return Rows(_float(np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)), _whole(y))


def crescents() -> Rows:
    """Two half moons that reach into each other, far from the origin."""
    chance = np.random.default_rng(102)
    y = chance.integers(0, 2, 800)
    turn = chance.uniform(0, np.pi, 800)
    x = np.stack([np.cos(turn) * (1 - 2 * y) + y, np.sin(turn) * (1 - 2 * y) + 0.5 * y], axis=1)
    return Rows(_float(20 + 5 * (x + chance.normal(0, 0.13, x.shape))), _whole(y))


def spirals() -> Rows:
    """Two arms, each turned by more than a circle."""
    chance = np.random.default_rng(103)
    y = chance.integers(0, 2, 1200)
    along = np.sqrt(chance.uniform(0.02, 1, 1200))
    turn = 7 * along + np.pi * y
    x = along[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return Rows(_float(2 * x + chance.normal(0, 0.05, x.shape)), _whole(y))


def clouds() -> Rows:
    """Five overlapping clouds in eight dimensions."""
    chance = np.random.default_rng(104)
    centres = chance.normal(0, 1.6, (5, 8))
    y = chance.integers(0, 5, 1000)
    return Rows(_float(centres[y] + chance.normal(0, 1, (1000, 8))), _whole(y))


def board() -> Rows:
    """The black and white fields of a board of three by three."""
    chance, x = _plane(105, 1500)
    fields = np.floor((x + 1) * 1.5).astype(int)
    return Rows(_float(x + chance.normal(0, 0.01, (1500, 2))), _whole(fields.sum(axis=1) % 2))


def rare() -> Rows:
    """A class of one row in ten, which lies near the others."""
    chance = np.random.default_rng(106)
    y = (chance.uniform(size=2000) < 0.1).astype(int)  # noqa: PLR2004 -- one in ten
    return Rows(_float(chance.normal(0, 1, (2000, 6)) + 1.3 * y[:, None]), _whole(y))


def wide() -> Rows:
    """More columns than a network of few rows can tell apart: four of 120 matter."""
    chance = np.random.default_rng(107)
    x = chance.normal(0, 1, (260, 120))
    return Rows(_float(x), _whole(x[:, :4].sum(axis=1) + chance.normal(0, 0.3, 260) > 0))


def houses() -> Rows:
    """Classes of houses by columns in units of their own: years, square metres, money, a share."""
    chance = np.random.default_rng(108)
    year, area = chance.uniform(1900, 2024, 1200), chance.gamma(4, 30, 1200)
    price, share = area * chance.normal(3000, 500, 1200), chance.uniform(0, 1, 1200)
    score = (year - 1960) / 36 + (area - 120) / 60 - (price - 360_000) / 200_000 + 2 * share
    y = np.digitize(score + chance.normal(0, 0.15, 1200), [0.3, 1.7])
    return Rows(_float(np.stack([year, area, price, share], axis=1)), _whole(y))


def strokes() -> Rows:
    """Pictures of 12 by 12 of a lying, a standing or a slanting stroke at any place, with noise."""
    chance = np.random.default_rng(109)
    y = chance.integers(0, 3, 1000)
    x = chance.uniform(0, 90, (1000, 12, 12))
    steps = np.arange(6)
    for picture, kind in zip(x, y, strict=True):
        row, column = chance.integers(0, 7, 2)
        rows = row + steps * (kind != 0)
        columns = column + steps * (kind != 1)
        picture[rows, columns] += 140
    return Rows(np.clip(x, 0, 255).astype(np.uint8), _whole(y))


def clothes() -> Rows:
    """The first rows of Fashion-MNIST, as they are in the file."""
    x, y = images("train")
    return Rows(np.ascontiguousarray(x[:2000]), _whole(y[:2000]))


def wave() -> Rows:
    """A wave over one number."""
    chance, x = _plane(110, 900, 1)
    return Rows(_float(2 * x), _float(np.sin(5 * x[:, 0]) + chance.normal(0, 0.08, 900)), "number")


def surface() -> Rows:
    """Friedman's first function: five of ten columns matter, with products and squares; its targets lie around 14."""
    chance = np.random.default_rng(111)
    x = chance.uniform(0, 1, (1200, 10))
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    return Rows(_float(x), _float(y + chance.normal(0, 0.5, 1200)), "number")


def currents() -> Rows:
    """A linear law with a bend, of columns whose sizes differ by a thousand; the target is standardized."""
    chance = np.random.default_rng(112)
    x = chance.normal(0, 1, (1000, 5))
    y = x @ np.array([1.0, -0.7, 0.5, 0.3, 0.2]) + 0.8 * np.abs(x[:, 0]) + chance.normal(0, 0.1, 1000)
    return Rows(
        _float(x * np.array([1, 30, 0.1, 100, 1]) + np.array([0, 50, 0, 300, 2])), _float(y / y.std()), "number"
    )


def _float(values: Array) -> Array:
    return np.ascontiguousarray(values, np.float32)


def _whole(values: Array) -> Array:
    return np.ascontiguousarray(values, np.int32)


MADE: Mapping[str, Callable[[], Rows]] = {
    make.__name__: make
    for make in (rings, crescents, spirals, clouds, board, rare, wide, houses, strokes, wave, surface, currents)
}
"""Uploaded ones that are made here."""

UPLOADED: Mapping[str, Callable[[], Rows]] = {**MADE, "clothes": clothes}


@dataclass(frozen=True)
class Form:
    """What a job must know of a data set to fit it.

    Attributes:
        rows: How many there are.
        classes: How many; None where the target is a number.
        side: Of the pictures, which are square and grey and have no axis of colours; None where rows are none.
    """

    rows: int
    classes: int | None
    side: int | None = None


FORMS: Mapping[str, Form] = {
    "digits": Form(1797, 10, 8),
    "iris": Form(150, 3),
    "wine": Form(178, 3),
    "breast_cancer": Form(569, 2),
    "diabetes": Form(442, None),
    "rings": Form(900, 3),
    "crescents": Form(800, 2),
    "spirals": Form(1200, 2),
    "clouds": Form(1000, 5),
    "board": Form(1500, 2),
    "rare": Form(2000, 2),
    "wide": Form(260, 2),
    "houses": Form(1200, 3),
    "strokes": Form(1000, 3, 12),
    "clothes": Form(2000, 10, 28),
    "wave": Form(900, None),
    "surface": Form(1200, None),
    "currents": Form(1000, None),
}
"""All data sets, the service's own first."""


_DIABETES_VARIANCE = 5929.885
"""Of the target that scikit-learn has."""


def target_variance(name: str) -> float | None:
    """The variance of a target of numbers; None where the target is none.

    Args:
        name: Of one of these data sets.
    """
    if name == "diabetes":
        return _DIABETES_VARIANCE
    if name not in UPLOADED:
        return None
    rows = UPLOADED[name]()
    return float(np.var(rows.y)) if rows.target == "number" else None
