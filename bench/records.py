"""The row about what one epoch costs: its metrics recorded, as a transaction, beside MLflow's log-batch."""

import asyncio
import statistics
import time

from bench.databases import NAMES, database
from bench.figures import Finding, Goal, Measure
from bench.mlflow import MlflowServer, mlflow_server
from bench.programs import HOW_TO_GET
from bench.seeding import begin, record
from db.attempts import attempts
from db.connections.engine import Database

TURNS = 3
EPOCHS = 200
BATCHES = 50
WARM_UP = 20
"""Transactions of each turn that are not counted."""


def record_epoch() -> list[Finding]:
    """The transaction that stores an epoch and moves its job, one after the other, on both databases."""
    with mlflow_server() as mlflow:
        return [_measured(kind, mlflow) for kind in NAMES]


def _measured(kind: str, mlflow: MlflowServer | None) -> Finding:
    ours: list[float] = []
    theirs: list[float] = []
    with database(kind) as (url, _):
        for _ in range(TURNS):
            ours.append(median_ms(url))
            if mlflow is not None:
                theirs.append(_log_batch_ms(mlflow))
    return Finding(
        f"record one epoch's metrics, {NAMES[kind]}",
        Measure(ours, "ms"),
        Goal(4, is_of_ratio=False),
        "MLflow's log-batch, SQLite",
        Measure(theirs, "ms") if mlflow else None,
        [] if mlflow else [HOW_TO_GET],
    )


def median_ms(url: str, epochs: int = EPOCHS) -> float:
    """What it takes to record one epoch of a running job, in a transaction of its own."""
    return statistics.median(asyncio.run(_record(url, epochs))[WARM_UP:]) * 1000


async def _record(url: str, epochs: int) -> list[float]:
    database = Database(url)
    seconds: list[float] = []
    try:
        async with database.write() as connection:
            fence = await begin(connection, epochs)
        for epoch in range(1, epochs + 1):
            began = time.perf_counter()
            async with database.write() as connection:
                await attempts.record_epochs(connection, fence, [record(epoch, epochs)])
            seconds.append(time.perf_counter() - began)
    finally:
        await database.close()
    return seconds


def _log_batch_ms(mlflow: MlflowServer) -> float:
    run_id = mlflow.new_run()
    seconds: list[float] = []
    for step in range(BATCHES):
        batch = [(name, 0.1, step) for name in ("loss", "accuracy", "val_loss", "val_accuracy")]
        seconds.append(mlflow.client.send(mlflow.log_batch(run_id, batch))[1])
    return statistics.median(seconds) * 1000
