"""The whole report of a job, as blocks."""

from api.reports.content.evaluation import evaluation
from api.reports.content.findings import findings
from api.reports.content.layers import layers
from api.reports.content.metrics import metrics
from api.reports.content.summary import summary
from api.reports.content.surroundings import surroundings
from api.reports.content.trials import trials
from api.reports.known import Known
from api.reports.writing.blocks import Document

_SECTIONS = (summary, findings, trials, metrics, layers, evaluation, surroundings)
"""What matters most comes first: how it went, and what to do."""


def report(known: Known) -> Document:
    """All sections that have something to tell."""
    job = known.job
    title = job.name or f"A training on {job.dataset}"
    subtitle = f"Report of {job.id}, {job.status.value}"
    return Document(title, subtitle, [block for section in _SECTIONS for block in section(known)])
