"""How a job's training went so far, as the coach needs it that goes on with it: what earlier attempts recorded."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts import starts
from db.tables.attempts import Epoch, EpochSignals
from spec.language.numbers import decode_metrics

FIRST_SIGNALS = 20
"""Epochs at the beginning whose signals are read."""
LAST_SIGNALS = 200
"""Epochs at the end whose signals are read: all of them may come to hundreds of megabytes."""
MOST_EPOCHS = 10_000
"""Epochs that are read, the last ones."""


@dataclass(frozen=True, slots=True)
class PastEpoch:
    """An epoch that was recorded: its metrics, and what was measured of its layers (`spec.signals.SIGNALS`)."""

    epoch: int
    metrics: dict[str, float]
    signals: dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Course:
    """What was recorded.

    Attributes:
        epochs: In order.
        start: What was seen once, by the names of `coach.evidence.StartSeen`.
    """

    epochs: Sequence[PastEpoch]
    start: dict[str, Any] | None


_EPOCHS = (
    select(Epoch.epoch, Epoch.metrics_json)
    .where(Epoch.job_id == bindparam("job_id"), Epoch.epoch <= bindparam("last_epoch"))
    .order_by(Epoch.epoch.desc())
    .limit(MOST_EPOCHS)
)
_SIGNALS = select(EpochSignals.epoch, EpochSignals.signals_json).where(
    EpochSignals.job_id == bindparam("job_id"),
    EpochSignals.epoch <= bindparam("last_epoch"),
    or_(
        EpochSignals.epoch <= bindparam("first_signals"),
        EpochSignals.epoch > bindparam("last_signals"),
    ),
)


async def read(connection: AsyncConnection, job_id: str, last_epoch: int, first_epoch: int = 0) -> Course:
    """The course of a job up to an epoch.

    Args:
        connection: To read with.
        job_id: Whose.
        last_epoch: Up to this one.
        first_epoch: How many epochs the training that it continues has had.
    """
    place: dict[str, Any] = {"job_id": job_id, "last_epoch": last_epoch}
    bounds = {"first_signals": first_epoch + FIRST_SIGNALS, "last_signals": last_epoch - LAST_SIGNALS}
    measured: dict[int, str] = {row[0]: row[1] for row in await connection.execute(_SIGNALS, {**place, **bounds})}
    rows = (await connection.execute(_EPOCHS, place)).all()
    past = [PastEpoch(epoch, decode_metrics(text), _layers(measured.get(epoch))) for epoch, text in reversed(rows)]
    return Course(past, await starts.read(connection, job_id))


def _layers(signals_json: str | None) -> dict[str, dict[str, float]]:
    told: dict[str, dict[str, float | str]] = {} if signals_json is None else json.loads(signals_json)
    return {layer: {name: float(value) for name, value in values.items()} for layer, values in told.items()}
