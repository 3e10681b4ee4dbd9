"""How many bytes rows take in the database: their texts, and so much for all that is of a fixed size.

What is fixed is an estimate, with indexes, rather too much than too little; nobody's row is measured on the disk. The
bytes of a job count all rows that go when it is deleted.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, func, literal

from db.tables.columns import byte_length
from db.tables.jobs import Job

JOB_BYTES = 2048
"""Of a job: its row, its first event, its outbox entry, its artifacts' and checkpoints' rows."""
LABEL_BYTES = 192
"""Of one pair of its metadata, to find it by."""
CHANGE_BYTES = 512
"""Of a change of its state, or of what was asked of it: an event, and perhaps an attempt."""
EPOCH_BYTES = 96
"""Of an epoch beside its metrics."""
SIGNALS_BYTES = 96
"""Of what was measured after an epoch, beside the numbers."""
FINDINGS_BYTES = 128
"""Of what the coach found of a training, beside the texts."""
REPAIR_BYTES = 2048
"""Of a repair and of what is noted of its jobs, beside the plan."""
ANSWER_BYTES = 256
"""Of a kept first answer beside its texts."""
DELIVERY_BYTES = 512
"""Of a message to a webhook."""
_NEW_TEXTS = (
    "name",
    "spec_json",
    "metadata_json",
    "dataset",
    "dataset_facts_json",
    "parent",
    "sweep",
    "initial_weights",
    "initial_weights_json",
    "request_id",
    "traceparent",
)
_TEXTS = frozenset({*_NEW_TEXTS, "results_json", "error_message", "error_pointer"})


def of_texts(texts: Iterable[str | None]) -> int:
    """Bytes of these texts together."""
    return sum(_of_text(text) for text in texts if text is not None)


def _of_text(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def of_new_job(row: Mapping[str, Any], labels: int) -> int:
    """Bytes of a new job.

    Args:
        row: Its columns.
        labels: How many pairs of metadata it has.
    """
    has_findings = row["findings_json"] != "[]"
    found = of_texts([row["findings_json"]]) if has_findings else 0
    return JOB_BYTES + labels * LABEL_BYTES + of_texts(row[name] for name in _NEW_TEXTS) + found


def of_change(values: Mapping[str, Any]) -> ColumnElement[int]:
    """How many bytes more a job takes, in an UPDATE of it that is visible: its event, and texts for other texts.

    Args:
        values: What is set; of the texts among it, those as they were are given back.
    """
    grown: ColumnElement[int] = literal(CHANGE_BYTES, BigInteger())
    for name in sorted(_TEXTS.intersection(values)):
        grown = grown + of_texts([values[name]]) - func.coalesce(byte_length(getattr(Job, name)), 0)
    return grown


def of_epoch(metrics_json: str) -> int:
    """Bytes of an epoch."""
    return EPOCH_BYTES + _of_text(metrics_json)


def of_epochs(metrics_json: ColumnElement[str]) -> ColumnElement[int]:
    """Bytes of all epochs that a statement selects."""
    return func.coalesce(func.sum(EPOCH_BYTES + byte_length(metrics_json)), 0)


def of_signals(signals_json: str) -> int:
    """Bytes of what was measured after an epoch."""
    return SIGNALS_BYTES + _of_text(signals_json)


def of_all_signals(signals_json: ColumnElement[str]) -> ColumnElement[int]:
    """Bytes of all that a statement selects of what was measured."""
    return func.coalesce(func.sum(SIGNALS_BYTES + byte_length(signals_json)), 0)


def of_findings(findings_json: str, told_json: str) -> int:
    """Bytes of what the coach found of a training."""
    return FINDINGS_BYTES + of_texts((findings_json, told_json))


def of_repair(plan_json: str) -> int:
    """Bytes of a repair."""
    return REPAIR_BYTES + _of_text(plan_json)


def of_event(data_json: str) -> int:
    """Bytes of an event that tells much."""
    return CHANGE_BYTES + _of_text(data_json)


def of_answer(key: str, digest: str, location: str, body_json: str) -> int:
    """Bytes of a kept first answer."""
    return ANSWER_BYTES + of_texts((key, digest, location, body_json))
