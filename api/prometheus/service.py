"""All metrics as one text: what the API's processes counted, and what the database knows of queue and workers."""

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from api.context import Context
from api.prometheus.instruments import REGISTRY
from api.prometheus.shared_folder import VARIABLE, forget_dead
from db.errors import DatabaseUnavailable
from db.workers import figures, totals
from db.workers.figures import QueueFigures, WorkerFigures
from db.workers.measures import MEASURES
from db.workers.totals import Key

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
KEPT_SECONDS = 2.0
"""However often it is scraped, the database is asked no more often."""
_WORKER_STATES = ("starting", "ready", "stopping")


class DatabaseMetrics(Collector):
    """What was read of the database, as metrics."""

    def __init__(
        self,
        queue: QueueFigures | None = None,
        workers: Iterable[WorkerFigures] = (),
        sums: Mapping[Key, float] | None = None,
    ) -> None:
        """Takes what was read; without a queue the database did not answer."""
        self._queue = queue
        self._workers = list(workers)
        self._sums = sums or {}

    def collect(self) -> Iterable[Metric]:
        """For prometheus-client."""
        is_up = float(self._queue is not None)
        yield GaugeMetricFamily("netcoach_database_up", "Whether the database responded to this scrape.", value=is_up)
        if self._queue is not None:
            yield from self._of_queue(self._queue)
            yield from self._of_workers()
            yield from self._of_training()

    def _of_queue(self, queue: QueueFigures) -> Iterable[Metric]:
        jobs = GaugeMetricFamily("netcoach_jobs", "Jobs that have not ended, by status.", labels=["status"])
        for status, count in queue.jobs.items():
            jobs.add_metric([status.value], count)
        yield jobs
        yield GaugeMetricFamily(
            "netcoach_queue_oldest_seconds",
            "Age of the oldest queued job.",
            value=queue.oldest_queued_seconds,
        )
        yield GaugeMetricFamily(
            "netcoach_outbox_entries", "Jobs that the broker has not been notified of yet.", value=queue.outbox
        )

    def _of_workers(self) -> Iterable[Metric]:
        states = GaugeMetricFamily("netcoach_workers", "Known workers, by state.", labels=["state"])
        for state in _WORKER_STATES:
            states.add_metric([state], sum(worker.state == state for worker in self._workers))
        yield states
        slots = sum(worker.slots for worker in self._workers)
        busy = sum(worker.busy for worker in self._workers)
        silent = max((worker.silent_seconds for worker in self._workers), default=0.0)
        yield GaugeMetricFamily(
            "netcoach_worker_slots", "Jobs that all workers together can train at the same time.", value=slots
        )
        yield GaugeMetricFamily("netcoach_worker_slots_busy", "Slots that are training a job.", value=busy)
        yield GaugeMetricFamily(
            "netcoach_worker_heartbeat_age_seconds",
            "Time since the oldest of the workers' last heartbeats.",
            value=silent,
        )

    def _of_training(self) -> Iterable[Metric]:
        for measure in MEASURES:
            if measure.bounds:
                buckets, total = measure.buckets(self._sums)
                yield HistogramMetricFamily(measure.name, measure.text, buckets=buckets, sum_value=total)
                continue
            counter = CounterMetricFamily(measure.name, measure.text, labels=measure.labels)
            for labels, count in measure.counts(self._sums):
                counter.add_metric(labels, count)
            yield counter


_kept: tuple[float, Context | None, DatabaseMetrics] = (0.0, None, DatabaseMetrics())


async def exposition(context: Context) -> bytes:
    """All metrics in Prometheus's text format; while the database does not answer, those of the API alone."""
    registry = CollectorRegistry()
    registry.register(await _of_database(context))
    return generate_latest(registry) + generate_latest(_of_processes())


def _of_processes() -> CollectorRegistry:
    folder = os.environ.get(VARIABLE)
    if folder is None:
        return REGISTRY
    forget_dead(Path(folder))
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=folder)  # pyright: ignore[reportUnknownArgumentType] -- it carries no types
    return registry


async def _of_database(context: Context) -> DatabaseMetrics:
    global _kept  # noqa: PLW0603 -- what one process read last is the state of this module
    read_at, of_context, kept = _kept
    if of_context is context and time.monotonic() - read_at < KEPT_SECONDS:
        return kept
    try:
        async with context.database.read() as connection:
            kept = DatabaseMetrics(
                await figures.queue_figures(connection),
                await figures.worker_figures(connection),
                await totals.read_all(connection),
            )
    except DatabaseUnavailable:
        kept = DatabaseMetrics()
    _kept = (time.monotonic(), context, kept)
    return kept
