"""Curves over epochs as SVG: a line for the last of each bucket, a band from its smallest to its largest number."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from api.reports.drawing.buckets import Bucket, Span
from api.reports.drawing.scales import Scale, scale_of
from api.reports.drawing.sparklines import NOT_FINITE, sparkline
from api.reports.writing.numbers import number
from api.reports.writing.text import in_html, printable

_WIDTH, _HEIGHT = 720, 228
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 708, 26, 206
_NAME_WIDTH = 24
_SKETCH_WIDTH = 60


@dataclass(frozen=True)
class Line:
    """One curve.

    Attributes:
        name: Of what.
        kind: How it is drawn.
        buckets: Of its numbers.
    """

    name: str
    kind: Literal["train", "validation"]
    buckets: Sequence[Bucket]


@dataclass(frozen=True)
class Guide:
    """A level that curves are compared with."""

    name: str
    value: float


@dataclass(frozen=True)
class Chart:
    """Curves on the same axes.

    Attributes:
        title: What they show.
        epochs: All of the axis.
        lines: They; at least one.
        best_epoch: The one that is marked.
        guide: The level that is drawn along.
    """

    title: str
    epochs: Span
    lines: Sequence[Line]
    best_epoch: int | None = None
    guide: Guide | None = None

    @property
    def scale(self) -> Scale:
        """Of the numbers."""
        buckets = [bucket for line in self.lines for bucket in line.buckets]
        ends = [end for one in buckets for end in (one.least, one.most) if end is not None]
        return scale_of([*ends, *([self.guide.value] if self.guide else [])])

    def svg(self) -> str:
        """The picture."""
        scale = self.scale
        kind = ", on a logarithmic scale" if scale.is_logarithmic else ""
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
            f"<title>{in_html(self.title)}, epochs {self.epochs.first} to {self.epochs.last}{kind}</title>",
            *self._axes(scale),
            *self._guides(scale),
            *(part for line in self.lines for part in self._line(line, scale)),
            *self._legend(),
            "</svg>",
        ]
        return "".join(parts)

    def sketch(self) -> list[str]:
        """The same in characters."""
        scale = self.scale
        return [_sketched(line, scale) for line in self.lines]

    def _x(self, epoch: float) -> float:
        way = self.epochs.last - self.epochs.first
        share = (epoch - self.epochs.first) / way if way else 0.5
        return round(_LEFT + share * (_RIGHT - _LEFT), 1)

    def _axes(self, scale: Scale) -> Iterator[str]:
        for tick in scale.ticks():
            y = _y(scale, tick)
            yield f'<path class="grid" d="M{_LEFT} {y}H{_RIGHT}"/>'
            yield f'<text class="end" x="{_LEFT - 6}" y="{y + 4}">{number(tick)}</text>'
        yield f'<rect class="frame" x="{_LEFT}" y="{_TOP}" width="{_RIGHT - _LEFT}" height="{_BOTTOM - _TOP}"/>'
        for epoch in sorted(_epoch_ticks(self.epochs)):
            yield f'<text class="mid" x="{self._x(epoch)}" y="{_BOTTOM + 16}">{epoch:,}</text>'

    def _guides(self, scale: Scale) -> Iterator[str]:
        if self.best_epoch is not None and self.epochs.first <= self.best_epoch <= self.epochs.last:
            x = self._x(self.best_epoch)
            yield f'<path class="guide" d="M{x} {_TOP}V{_BOTTOM}"/>'
            is_right = x > (_LEFT + _RIGHT) / 2
            beside = f'class="end" x="{x - 4}"' if is_right else f'x="{x + 4}"'
            yield f'<text {beside} y="{_TOP + 12}">best: epoch {self.best_epoch:,}</text>'
        if self.guide is not None:
            y = _y(scale, self.guide.value)
            yield f'<path class="guide" d="M{_LEFT} {y}H{_RIGHT}"/>'
            above = y - 4 if y > _TOP + 16 else y + 12
            yield f'<text x="{_LEFT + 6}" y="{above}">{in_html(self.guide.name)}</text>'

    def _line(self, line: Line, scale: Scale) -> Iterator[str]:
        runs = list(_runs(line.buckets))
        for run in runs:
            points = [(self._x(self._middle(one)), one) for one in run]
            if any(one.least != one.most for one in run):
                upper = [f"{x} {_y(scale, one.most or 0.0)}" for x, one in points]
                lower = [f"{x} {_y(scale, one.least or 0.0)}" for x, one in reversed(points)]
                yield f'<path class="{line.kind}-band" d="M{"L".join(upper + lower)}z"/>'
            way = "L".join(f"{x} {_y(scale, one.last or 0.0)}" for x, one in points)
            if len(points) > 1:
                yield f'<path class="{line.kind}" d="M{way}"/>'
            else:
                yield f'<circle class="{line.kind}" cx="{points[0][0]}" cy="{_y(scale, run[0].last or 0.0)}" r="2.5"/>'
        crosses = [self._x(self._middle(one)) for one in line.buckets if one.non_finite]
        if crosses:
            ways = "".join(f"M{x - 3:.1f} {_TOP + 3}l6 6m0 -6l-6 6" for x in crosses)
            yield f'<path class="{line.kind}-mark" d="{ways}"/>'

    def _middle(self, bucket: Bucket) -> float:
        # The last epoch of a bucket is what its line tells of.
        return bucket.span.last

    def _legend(self) -> Iterator[str]:
        x = _LEFT
        for line in self.lines:
            name = printable(line.name, _NAME_WIDTH * 2)
            yield f'<path class="{line.kind}" d="M{x} 13h26"/><text x="{x + 32}" y="17">{in_html(name)}</text>'
            x += 50 + 7 * len(name)
        if any(one.non_finite for line in self.lines for one in line.buckets):
            yield f'<text x="{x}" y="17">{NOT_FINITE} not a finite number</text>'
        yield f'<text class="end" x="{_LEFT - 8}" y="{_BOTTOM + 16}">epoch</text>'


def _y(scale: Scale, value: float) -> float:
    return round(_BOTTOM - scale.place(value) * (_BOTTOM - _TOP), 1)


def _runs(buckets: Sequence[Bucket]) -> Iterator[list[Bucket]]:
    """Buckets in a row that have a finite number."""
    run: list[Bucket] = []
    for bucket in buckets:
        if bucket.last is None:
            if run:
                yield run
            run = []
        else:
            run.append(bucket)
    if run:
        yield run


def _epoch_ticks(epochs: Span) -> set[int]:
    scale = Scale(epochs.first, epochs.last + (epochs.first == epochs.last))
    rounded = {round(tick) for tick in scale.ticks()} | {epochs.first}
    return {tick for tick in rounded if epochs.first <= tick <= epochs.last}


def _sketched(line: Line, scale: Scale) -> str:
    step = max(1, math.ceil(len(line.buckets) / _SKETCH_WIDTH))
    chosen = [line.buckets[place : place + step] for place in range(0, len(line.buckets), step)]
    values = [_of_all(group) for group in chosen]
    name = printable(line.name, _NAME_WIDTH)
    first, last = number(values[0]), number(values[-1])
    return f"{name:<{_NAME_WIDTH}} {first:>9} {sparkline(values, scale)} {last}"


def _of_all(group: Sequence[Bucket]) -> float:
    if any(one.non_finite for one in group):
        return math.nan
    last = group[-1].last
    return math.nan if last is None else last
