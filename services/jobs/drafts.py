"""A job that could be made: its spec checked as a whole, and nothing written yet."""

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, cast

from pydantic import BaseModel

from coach.coached_job import checked_job, coached_job
from coach.documents import finding_documents
from coach.findings import Finding
from db.jobs import jobs
from db.jobs.jobs import JobRow, NewJob
from db.jobs.rows import NO_FINDINGS
from services.errors import BodyFaulty
from services.findings import findings_of_spec
from settings.traces import NO_TRACE, Trace
from spec.check import CheckedJob, Summarized, check_job
from spec.datasets.built_in import built_in_facts
from spec.datasets.choice import dataset_of
from spec.datasets.counts import row_counts
from spec.datasets.facts import DatasetFacts, FactsOf
from spec.datasets.resolution import facts_kept
from spec.datasets.rules.finding import unknown_dataset
from spec.ids import new_id
from spec.jobs import JobSpec
from spec.language.faults import Advice, Fault
from spec.language.numbers import encode_json
from spec.weights.copying import absent_weights
from spec.weights.stored import WeightsFacts, WeightsOf, no_weights

SEEDS = 2**32
_FILLED_IN = ("training", "resources")


def _as_it_is(fault: Fault) -> Fault:
    return fault


@dataclass(frozen=True)
class Draft:
    """A checked job.

    Attributes:
        spec: What was sent, as the language reads it.
        said: The same as JSON, as it was sent, what it left open in ``training`` and ``resources`` filled in.
        spec_json: ``said`` as text.
        summarized: Gives the summary of its network.
        advice: What is doubtful about it.
        facts: Of its data set.
        parent: The job it was derived from.
        weights: Of what its training begins with, unless all are fresh.
        located: Makes a fault of the spec one of the body that was sent.
        findings: What the coach finds of the spec.
    """

    spec: JobSpec
    said: dict[str, Any]
    spec_json: str
    summarized: Summarized
    advice: list[Advice]
    facts: DatasetFacts
    parent: str | None = None
    weights: WeightsFacts | None = None
    located: Callable[[Fault], Fault] = _as_it_is
    findings: list[Finding] = field(default_factory=list[Finding])

    def warnings(self) -> list[dict[str, Any]]:
        """The advice as JSON."""
        return [advice.model_dump() for advice in self.advice]

    @property
    def train_rows(self) -> int:
        """Rows of one epoch."""
        return row_counts(dataset_of(self.spec.dataset), self.facts, self.spec.training.validation_split).train

    @property
    def first_epoch(self) -> int:
        """How many epochs the training that it continues has had; 0 of one that begins."""
        return self.weights.epochs if self.weights is not None and _is_continued(self.spec) else 0

    def source_lost(self) -> BodyFaulty:
        """What is wrong with the body if the job that it begins with is not there any more."""
        initial = self.spec.training.initial_weights
        return BodyFaulty([] if initial is None else [self.located(absent_weights(initial.source, None))])

    def dataset_lost(self, dataset_id: str) -> BodyFaulty:
        """What is wrong with the body if this data set is not there any more."""
        said = self.spec.dataset
        is_main = dataset_of(said).name == dataset_id
        place = "/dataset" if isinstance(said, str) else f"/dataset/{'name' if is_main else 'validation_from'}"
        return BodyFaulty([self.located(unknown_dataset(dataset_id, place, built_in_facts))])

    def new_job(self, job_id: str, project: str, trace: Trace = NO_TRACE) -> NewJob:
        """The job as the database takes it."""
        dataset = dataset_of(self.spec.dataset)
        return NewJob(
            id=job_id,
            project=project,
            name=self.spec.name,
            spec_json=self.spec_json,
            seed=self.said["training"]["seed"],
            dataset=dataset.name,
            dataset_facts_json=facts_kept(dataset, self.facts).model_dump_json(exclude_defaults=True),
            validation_dataset=dataset.validation_from,
            epochs=self.first_epoch + self.spec.training.epochs,
            first_epoch=self.first_epoch,
            metadata=self.spec.metadata,
            accelerator=self.spec.resources.runs_on,
            gpus=self.spec.resources.gpus,
            priority=self.spec.resources.priority,
            max_attempts=self.spec.resources.max_attempts,
            max_runtime_seconds=self.spec.resources.max_runtime_seconds,
            parent=self.parent,
            initial_weights=None if self.weights is None else self.weights.name,
            initial_weights_json=self._weights_json(),
            train_rows=self.train_rows,
            request_id=trace.request_id,
            traceparent=trace.traceparent,
            findings_json=encode_json(finding_documents(self.findings, job_id)) if self.findings else NO_FINDINGS,
        )

    def _weights_json(self) -> str | None:
        """The file of the weights that the training begins with, as the database takes it."""
        return None if self.weights is None else encode_json(asdict(self.weights.file))

    def row(self) -> JobRow:
        """The row that the job would have, in nobody's project, under an id that no other has."""
        return jobs.as_made(self.new_job(new_id("job"), project=""))


def draft(body: object, *, facts_of: FactsOf, max_memory_bytes: int, weights_of: WeightsOf = no_weights) -> Draft:
    """Checks a body as a whole.

    Args:
        body: The body as JSON gives it.
        facts_of: Finds a data set's facts.
        max_memory_bytes: What a job's network may need, by estimate.
        weights_of: Finds the facts of weights that a training can begin with.

    Raises:
        BodyFaulty: If anything is wrong with it; holds all faults.
    """
    checked: CheckedJob = check_job(body, facts_of=facts_of, max_memory_bytes=max_memory_bytes, weights_of=weights_of)
    if checked.spec is None or checked.summarized is None or checked.facts is None:
        raise BodyFaulty(checked.faults)
    said = _fill_in(cast("dict[str, Any]", body), checked.spec, checked.weights)
    # Python's own `json` writes integers of any length, which a number of Keras's may be.
    spec_json = json.dumps(said, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    look_at = partial(coached_job, facts_of=facts_of, max_memory_bytes=max_memory_bytes, weights_of=weights_of)
    return Draft(
        checked.spec,
        said,
        spec_json,
        checked.summarized,
        checked.advice,
        checked.facts,
        weights=checked.weights,
        findings=findings_of_spec(checked_job(said, checked, look_at)),
    )


def _is_continued(spec: JobSpec) -> bool:
    initial = spec.training.initial_weights
    return initial is not None and initial.is_continued


def _fill_in(body: dict[str, Any], spec: JobSpec, weights: WeightsFacts | None) -> dict[str, Any]:
    """What was sent, and after it what was left open; a seed is drawn here.

    A training that is continued has the seed of the one that it continues.
    """
    said = dict(body)
    for name in _FILLED_IN:
        section: BaseModel = getattr(spec, name)
        left_open = set(type(section).model_fields) - set(said.get(name, {}))
        defaults = section.model_dump(mode="json", include=left_open, exclude_none=True)
        said[name] = {**said.get(name, {}), **defaults}
    if said["training"].get("seed") is None:
        known = weights.seed if weights is not None and _is_continued(spec) else None
        said["training"]["seed"] = secrets.randbelow(SEEDS) if known is None else known
    return said
