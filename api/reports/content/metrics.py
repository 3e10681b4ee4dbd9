"""How the metrics went, as curves."""

from collections.abc import Iterator

from api.reports.drawing.buckets import Span, bucketed, spans
from api.reports.drawing.charts import Chart, Guide, Line
from api.reports.known import Known, part
from api.reports.writing.blocks import Block, Figure, Heading, Paragraph
from api.reports.writing.numbers import number

MOST_CHARTS = 12
MOST_BUCKETS = 200
_VALIDATION = "val_"


def metrics(known: Known) -> Iterator[Block]:
    """A chart for each metric, of training and validation rows together."""
    first, last = known.epochs
    names = [name for name in known.curves if not _is_beside_another(name, known)]
    if not names:
        return
    yield Heading("Metrics by epoch")
    axis = spans(first, last, MOST_BUCKETS)
    constant = [name for name in names if _is_constant(name, known)]
    drawn = [name for name in names if name not in constant]
    for name in drawn[:MOST_CHARTS]:
        yield _figure(known, name, axis)
    for name in constant[:MOST_CHARTS]:
        yield Paragraph(f"`{name}` is {number(known.curves[name][0][1])} in all epochs.")
    if len(drawn) > MOST_CHARTS:
        yield Paragraph(f"There are {len(drawn) - MOST_CHARTS} more metrics, which are not drawn here.", "remark")


def _is_beside_another(name: str, known: Known) -> bool:
    return name.startswith(_VALIDATION) and name.removeprefix(_VALIDATION) in known.curves


def _is_constant(name: str, known: Known) -> bool:
    """Whether it is the same number in several epochs, with nothing to compare it with."""
    values = {value for _, value in known.curves[name]}
    return len(values) == 1 < len(known.curves[name]) and _VALIDATION + name not in known.curves


def _figure(known: Known, name: str, axis: list[Span]) -> Figure:
    lines = [Line(name, "validation" if name.startswith(_VALIDATION) else "train", bucketed(known.curves[name], axis))]
    beside = known.curves.get(_VALIDATION + name)
    if beside is not None:
        lines.append(Line(_VALIDATION + name, "validation", bucketed(beside, axis)))
    epochs = Span(axis[0].first, axis[-1].last)
    best_epoch = known.results.get("best_epoch") if beside is not None else None
    chart = Chart(name, epochs, lines, best_epoch, _guide(known, name))
    return Figure(name, chart.svg(), chart.sketch(), _caption(known, name, chart, axis))


def _guide(known: Known, name: str) -> Guide | None:
    validation = part(part(known.results, "evaluation"), "validation")
    if name == "accuracy" and validation.get("target") == "classes":
        return Guide("always guessing the most common class", validation["baseline"]["accuracy"])
    return None


def _caption(known: Known, name: str, chart: Chart, axis: list[Span]) -> str:
    parts = ["On a logarithmic scale."] if chart.scale.is_logarithmic else []
    if any(span.first != span.last for span in axis):
        parts.append(
            f"Each of the {len(axis)} places is some epochs: the line is the last of them, and the band goes from the "
            "smallest to the largest."
        )
    broken = [
        (shown, epoch)
        for shown in (name, _VALIDATION + name)
        for epoch, value in known.curves.get(shown, ())
        if value - value != 0  # only of what is not finite
    ]
    if broken:
        parts.append(f"`{broken[0][0]}` is not a finite number in epoch {min(epoch for _, epoch in broken):,}.")
    return " ".join(parts)
