"""What is known of a job, read in bounded pieces however long it trained."""

from typing import Any

from api.context import Context
from api.repairs.documents import repair_document
from api.reports.drawing.buckets import spans
from api.reports.known import Known
from db.attempts import extracts, findings, signals
from db.attempts.extracts import Extract
from db.attempts.signals import Position
from db.errors import JobNotFound
from db.jobs import jobs
from db.jobs.jobs import JobFilter
from db.repairs import repairs
from services.actors import Actor
from services.ids import checked_id
from services.repairs.reports import may_have_repair, report_of

MOST_EPOCHS = 10_000
"""All epochs of a job with no more are read, and of a longer one as many."""
MOST_METRICS_BYTES = 2**22
MOST_SIGNALS_BYTES = 2**22
MOST_SPANS = 100
"""In which the rows of a long job are read."""
MOST_COLUMNS = 60
"""Of a heat map, which has fewer the more layers there are."""
MOST_CELLS = 6000
MOST_CHILDREN = 20
_CHILDREN_BYTES = 2**20
_ROW_BYTES = 64


def columns_for(layers: int) -> int:
    """How many columns a heat map of so many layers has at most."""
    return max(12, min(MOST_COLUMNS, MOST_CELLS // max(layers, 1)))


async def read(context: Context, caller: Actor, job_id: str) -> Known:
    """All that its report tells of.

    Raises:
        JobNotFound: If the caller has no such job.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(job_id, "job", JobNotFound)
    project = caller.project
    async with context.large_reads, context.database.read() as connection:
        row, results = jobs.existing(await jobs.get_with_results(connection, job_id, project), job_id)
        found = await findings.read(connection, job_id, project)
        first, last = row.first_epoch + 1, row.epoch
        metrics_bytes = len(row.latest_metrics_json or "") + _ROW_BYTES
        metrics = await extracts.metrics(connection, job_id, _metrics_wanted(first, last, metrics_bytes))
        measured = await _signals(connection, job_id, first, last)
        wanted = JobFilter(parent=job_id)
        children = await jobs.list_page(connection, project, wanted, MOST_CHILDREN, None, most_bytes=_CHILDREN_BYTES)
        repair = await repairs.find(connection, job_id) if may_have_repair(row) else None
    return Known(
        job=row,
        results_json=results,
        findings_json=found.findings_json,
        metrics=metrics,
        signals=measured,
        children=children,
        has_more_children=children.has_more,
        repair={} if repair is None else repair_document(report_of(repair)),
    )


def _metrics_wanted(first: int, last: int, row_bytes: int) -> Extract:
    most = max(MOST_SPANS, min(MOST_EPOCHS, MOST_METRICS_BYTES // row_bytes))
    if last - first < most:
        return Extract([(first, last)], most)
    chosen = spans(first, last, MOST_SPANS)
    return Extract([(span.first, span.last) for span in chosen], most // len(chosen))


async def _signals(connection: Any, job_id: str, first: int, last: int) -> list[tuple[int, str]]:  # noqa: ANN401 -- the database's
    like = await signals.sample(connection, job_id, Position(first))
    if like is None:
        return []
    chosen = spans(first, last, columns_for(len(like.layers)))
    rows_each = max(1, MOST_SIGNALS_BYTES // (like.size_bytes + _ROW_BYTES) // max(len(chosen), 1))
    return await extracts.signals(connection, job_id, Extract([(span.first, span.last) for span in chosen], rows_each))
