"""What was measured of layers as a heat map: a row a layer, a column some epochs, a colour a number.

Cells in a row of the same colour are one stroke, and all strokes of a colour one path, so that hundreds of layers come
to some kilobytes.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from api.reports.drawing.buckets import Span
from api.reports.drawing.palettes import DIVERGING, SEQUENTIAL
from api.reports.drawing.scales import Scale
from api.reports.drawing.sparklines import sparkline
from api.reports.writing.numbers import number
from api.reports.writing.text import in_html, printable

_WIDTH, _LEFT, _RIGHT, _TOP = 720, 150, 708, 34
_NAME_CHARACTERS = 22
_TALL, _LOW = 16, 5
_LOW_FROM = 30
"""Of so many layers, rows are lower; of many more, names stand beside some only."""
_TEXT_HEIGHT = 12
_KEY = 110
_SKETCH_LAYERS = 40


@dataclass(frozen=True)
class HeatMap:
    """One signal of all layers.

    Attributes:
        title: What it shows.
        layers: The names of the rows, from the input on.
        columns: Which epochs each column is of, rising.
        cells: A number for each layer and column; NaN or infinite where it was, None where nothing was measured.
        scale: Of the numbers.
        is_signed: Whether zero is in the middle of the scale.
    """

    title: str
    layers: Sequence[str]
    columns: Sequence[Span]
    cells: Sequence[Sequence[float | None]]
    scale: Scale
    is_signed: bool = False

    @property
    def _row_height(self) -> int:
        return max(_LOW, min(_TALL, _TALL * _LOW_FROM // len(self.layers)))

    def svg(self) -> str:
        """The picture."""
        bottom = _TOP + self._row_height * len(self.layers)
        epochs = f"epochs {self.columns[0].first} to {self.columns[-1].last}"
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="heat" viewBox="0 0 {_WIDTH} {bottom + 22}" role="img">',
            f"<title>{in_html(self.title)} of {len(self.layers)} layers, {epochs}</title>",
            *self._key(),
            *self._names(),
            *self._strokes(),
            f'<rect class="frame" x="{_LEFT}" y="{_TOP}" width="{_RIGHT - _LEFT}" height="{bottom - _TOP}"/>',
            *self._epochs(bottom + 15),
            "</svg>",
        ]
        return "".join(parts)

    def sketch(self) -> list[str]:
        """The same in characters, of the first layers only where there are very many."""
        shown = zip(self.layers[:_SKETCH_LAYERS], self.cells, strict=False)
        lines = [
            f"{printable(name, _NAME_CHARACTERS):<{_NAME_CHARACTERS}} {sparkline(row, self.scale)} {_last(row)}"
            for name, row in shown
        ]
        more = len(self.layers) - _SKETCH_LAYERS
        return lines if more <= 0 else [*lines, f"and {more:,} more"]

    def _x(self, column: float) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * column / len(self.columns), 1)

    def _names(self) -> Iterator[str]:
        height = self._row_height
        every = math.ceil(_TEXT_HEIGHT / height)
        for place in range(0, len(self.layers), every):
            name = in_html(printable(self.layers[place], _NAME_CHARACTERS))
            y = _TOP + place * height + height / 2 + 4
            yield f'<text class="end" x="{_LEFT - 6}" y="{y:g}">{name}</text>'

    def _strokes(self) -> Iterator[str]:
        ways: dict[str, list[str]] = {}
        height = self._row_height
        for place, row in enumerate(self.cells):
            y = _TOP + place * height + height / 2
            for kind, first, last in _runs([self._kind(value) for value in row]):
                x = self._x(first)
                ways.setdefault(kind, []).append(f"M{x:g} {y:g}h{self._x(last + 1) - x:.4g}")
        yield f'<g stroke-width="{height}">'
        for kind in sorted(ways):
            yield f'<path class="{kind}" d="{"".join(ways[kind])}"/>'
            if kind == "nf":
                yield f'<path class="nh" d="{"".join(ways[kind])}"/>'
        yield "</g>"

    def _kind(self, value: float | None) -> str:
        if value is None:
            return ""
        if not math.isfinite(value):
            return "nf"
        palette = DIVERGING if self.is_signed else SEQUENTIAL
        place = min(len(palette) - 1, int(self.scale.place(value) * len(palette)))
        return f"{'v' if self.is_signed else 'q'}{place}"

    def _key(self) -> Iterator[str]:
        palette, prefix = (DIVERGING, "v") if self.is_signed else (SEQUENTIAL, "q")
        width = _KEY / len(palette)
        yield f'<text class="end" x="{_LEFT + 64}" y="18">{number(self.scale.least)}</text>'
        yield '<g stroke-width="12">'
        for place in range(len(palette)):
            yield f'<path class="{prefix}{place}" d="M{_LEFT + 70 + place * width:.1f} 14h{width + 0.3:.1f}"/>'
        yield "</g>"
        words = f"{number(self.scale.most)}{', logarithmic' if self.scale.is_logarithmic else ''}"
        yield f'<text x="{_LEFT + 76 + _KEY}" y="18">{words}</text>'
        if any(value is not None and not math.isfinite(value) for row in self.cells for value in row):
            x = _RIGHT - 140
            yield f'<g stroke-width="12"><path class="nf" d="M{x} 14h24"/><path class="nh" d="M{x} 14h24"/></g>'
            yield f'<text x="{x + 30}" y="18">not a finite number</text>'

    def _epochs(self, y: int) -> Iterator[str]:
        yield f'<text class="end" x="{_LEFT - 6}" y="{y}">epoch</text>'
        count = len(self.columns)
        for column in sorted({0, count // 4, count // 2, 3 * count // 4, count - 1}):
            yield f'<text class="mid" x="{self._x(column + 0.5)}" y="{y}">{self.columns[column].last:,}</text>'


def _runs(kinds: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Equal neighbours: what they are, and the first and the last of them; of what is empty none."""
    first = 0
    for place in range(1, len(kinds) + 1):
        if place == len(kinds) or kinds[place] != kinds[first]:
            if kinds[first]:
                yield kinds[first], first, place - 1
            first = place


def _last(row: Sequence[float | None]) -> str:
    return number(next((value for value in reversed(row) if value is not None), None))


def cells_of(
    measured: Mapping[str, Sequence[tuple[int, float]]], layers: Sequence[str], columns: Sequence[Span]
) -> list[list[float | None]]:
    """A number for each layer and column: the last that was measured in it, or one that is not finite if any was.

    Args:
        measured: Of each layer, epochs and numbers, rising.
        layers: The rows.
        columns: The columns, rising.
    """
    return [_cells_of(measured.get(layer, ()), columns) for layer in layers]


def _cells_of(points: Sequence[tuple[int, float]], columns: Sequence[Span]) -> list[float | None]:
    cells: list[float | None] = [None] * len(columns)
    place = 0
    for epoch, value in points:
        while place < len(columns) and columns[place].last < epoch:
            place += 1
        if place == len(columns):
            break
        held = cells[place]
        if columns[place].first <= epoch and (held is None or math.isfinite(held)):
            cells[place] = value
    return cells
