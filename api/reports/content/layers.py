"""What was measured of each layer, as heat maps."""

import math
from collections.abc import Iterator, Mapping, Sequence

from api.reports.drawing.buckets import Span, spans
from api.reports.drawing.heat_maps import HeatMap, cells_of
from api.reports.drawing.scales import Scale, scale_of
from api.reports.known import Known, Points
from api.reports.reading import columns_for
from api.reports.writing.blocks import Block, Figure, Heading, Paragraph
from spec.signals import SIGNALS

MOST_LAYERS = 300
"""Rows of a heat map; of more layers some are left out, evenly."""
_FRACTIONS = frozenset({"dead_fraction", "saturated_fraction"})
_SIGNED = "activation_mean"
_NON_FINITE = "non_finite"


def layers(known: Known) -> Iterator[Block]:
    """A heat map for each signal that any layer has."""
    measured = known.measured
    if not measured:
        return
    yield Heading("Signals by layer")
    yield Paragraph(
        "A row is a layer, from the input at the top to the output at the bottom, and a column is an epoch, or the "
        "last one that was measured of several. A place is empty where nothing was measured."
    )
    shown, count = _shown(measured)
    if count > len(shown):
        yield Paragraph(f"{len(shown)} of {count:,} layers are drawn.", "remark")
    first, last = known.epochs
    columns = spans(first, last, columns_for(len(shown)))
    for name, description in SIGNALS.items():
        if name in measured and (name != _NON_FINITE or _has_any(measured[name])):
            yield _figure(name, description, measured[name], shown, columns)
    if _NON_FINITE in measured and not _has_any(measured[_NON_FINITE]):
        yield Paragraph("All weights and gradients were finite whenever they were measured.")


def _shown(measured: Mapping[str, Mapping[str, Points]]) -> tuple[list[str], int]:
    """The layers that are drawn, and how many there are."""
    # The signal that most layers have tells their order best.
    widest = max(measured.values(), key=len)
    names = list(dict.fromkeys([*widest, *(layer for by_layer in measured.values() for layer in by_layer)]))
    every = math.ceil(len(names) / MOST_LAYERS)
    return names[::every], len(names)


def _has_any(by_layer: Mapping[str, Points]) -> bool:
    return any(value for points in by_layer.values() for _, value in points)


def _figure(
    name: str, description: str, by_layer: Mapping[str, Points], shown: Sequence[str], columns: Sequence[Span]
) -> Figure:
    rows = [layer for layer in shown if layer in by_layer] or [next(iter(by_layer))]
    cells = cells_of(by_layer, rows, columns)
    heat_map = HeatMap(name, rows, columns, cells, _scale(name, cells), is_signed=name == _SIGNED)
    return Figure(name, heat_map.svg(), heat_map.sketch(), description)


def _scale(name: str, cells: Sequence[Sequence[float | None]]) -> Scale:
    finite = [value for row in cells for value in row if value is not None and math.isfinite(value)]
    if name in _FRACTIONS or name == _NON_FINITE:
        return Scale(0.0, 1.0)
    if name == _SIGNED:
        most = max(map(abs, finite), default=0.0) or 1.0
        return Scale(-most, most)
    # A layer whose gradient is exactly zero would hide how far apart the others are.
    positive = [value for value in finite if value > 0]
    logarithmic = scale_of(positive)
    return logarithmic if logarithmic.is_logarithmic else scale_of(finite)
