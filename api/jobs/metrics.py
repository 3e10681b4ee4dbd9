"""A job's epochs written as JSON, CSV or NDJSON; the stored metrics go into JSON as they stand, unparsed."""

import csv
import io
from collections.abc import Iterable, Sequence

import orjson

from api.pages import encode_cursor
from db.epochs import EpochRow

JSON = "application/json"
CSV = "text/csv"
NDJSON = "application/x-ndjson"
FORMATS = (JSON, CSV, NDJSON)


def as_json(rows: Sequence[EpochRow], *, next_after: int | None) -> bytes:
    """A list's document of these rows."""
    cursor = "null" if next_after is None else f'"{encode_cursor(str(next_after))}"'
    has_more = "false" if next_after is None else "true"
    data = ",".join(_objects(rows))
    return f'{{"object":"list","data":[{data}],"has_more":{has_more},"next_cursor":{cursor}}}'.encode()


def as_ndjson(rows: Sequence[EpochRow]) -> bytes:
    """One row's object a line."""
    return "".join(f"{row}\n" for row in _objects(rows)).encode()


def as_csv(rows: Sequence[EpochRow]) -> bytes:
    """A table with a head: epoch, every metric in the order it first appears, duration_seconds."""
    parsed: list[dict[str, float | str]] = [orjson.loads(row.metrics_json) for row in rows]
    names = list(dict.fromkeys(name for metrics in parsed for name in metrics))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(["epoch", *names, "duration_seconds"])
    # Below the head there are numbers only, NaN and the infinities by name: nothing to quote.
    for row, metrics in zip(rows, parsed, strict=True):
        cells = [row.epoch, *[metrics.get(name, "") for name in names], row.duration_seconds]
        text.write(",".join(map(str, cells)) + "\n")
    return text.getvalue().encode()


def _objects(rows: Iterable[EpochRow]) -> Iterable[str]:
    for epoch, metrics, duration_seconds, fraction, eta_seconds in rows:
        # A float's repr is its shortest exact text, which is JSON too: these are finite.
        eta = "null" if eta_seconds is None else repr(eta_seconds)
        yield (
            f'{{"epoch":{epoch},"metrics":{metrics},"duration_seconds":{duration_seconds!r},'
            f'"progress":{{"fraction":{fraction!r},"eta_seconds":{eta}}}}}'
        )
