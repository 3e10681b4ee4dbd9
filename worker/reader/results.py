"""What a reading tells the service: the facts, as far as they stay short. All of them are in ``facts.json``."""

from collections.abc import Mapping
from typing import Any

from spec.language.numbers import encode_json
from worker.reader.dataset import ReadDataset

MOST_BYTES = 4 * 2**20
"""Of what is told of columns. Those that come after it are told without what is long."""
MOST_CLASSES_BYTES = 2**18
"""Of the names of classes; longer ones are not told."""

_LONG = ("examples", "top", "histogram")


def results_of(dataset: ReadDataset, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The results of a reading; the different values of a column are only counted in it.

    Args:
        dataset: What was read.
        facts: All of them.
    """
    columns: list[dict[str, Any]] = []
    left = MOST_BYTES
    for column in facts["columns"]:
        told: dict[str, Any] = {name: value for name, value in column.items() if name != "values"}
        left -= len(encode_json(told))
        if left < 0:
            told.update(dict.fromkeys(_LONG))
        columns.append(told)
    classes = facts["classes"]
    if classes is not None and len(encode_json(classes)) > MOST_CLASSES_BYTES:
        classes = None
    return {
        "format": dataset.format,
        "rows": dataset.rows,
        "facts": {**facts, "columns": columns, "classes": classes},
    }
