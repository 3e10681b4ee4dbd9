"""A job's epochs written as JSON, CSV or NDJSON; the stored metrics go into JSON as they stand, unparsed."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import orjson

from api.answers.pages import page
from db.attempts.epochs import EpochRow
from spec.training.epoch_columns import DURATION_SECONDS, EPOCH, heading

JSON = "application/json"
CSV = "text/csv"
NDJSON = "application/x-ndjson"
FORMATS = (JSON, CSV, NDJSON)


def epoch_document(row: EpochRow) -> dict[str, Any]:
    """One epoch."""
    # Unpacked, since each look for a name in a row of SQLAlchemy's takes time.
    epoch, metrics, duration_seconds, fraction, eta_seconds = row
    return {
        EPOCH: epoch,
        "metrics": orjson.Fragment(metrics),
        DURATION_SECONDS: duration_seconds,
        "progress": {"fraction": fraction, "eta_seconds": eta_seconds},
    }


def as_json(rows: Sequence[EpochRow], *, next_after: int | None) -> bytes:
    """A list's document of these rows."""
    return orjson.dumps(page([*map(epoch_document, rows)], next_after=None if next_after is None else str(next_after)))


def as_ndjson(rows: Sequence[EpochRow]) -> bytes:
    """One row's object a line."""
    return b"".join(orjson.dumps(epoch_document(row), option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def as_csv(rows: Sequence[EpochRow]) -> bytes:
    """A table with a head: epoch, every metric in the order it first appears, duration_seconds."""
    parsed: list[dict[str, float | str]] = [orjson.loads(row.metrics_json) for row in rows]
    names = list(dict.fromkeys(name for metrics in parsed for name in metrics))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(heading(names))
    # Below the head there are numbers only, NaN and the infinities by name: nothing to quote.
    for row, metrics in zip(rows, parsed, strict=True):
        cells = [row.epoch, *[metrics.get(name, "") for name in names], row.duration_seconds]
        text.write(",".join(map(str, cells)) + "\n")
    return text.getvalue().encode()
