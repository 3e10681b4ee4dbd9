"""Jobs as the coach looks at them, prepared from what is stored."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from coach.coach import Coach
from coach.coached_job import LookAt, coached_job, job_in_training
from coach.diagnosis import Failed
from coach.rules import ALL
from coach.rules.rule import Rule
from db.connections.engine import Database
from services.actors import Actor
from services.dataset_facts import datasets_named_in
from services.weights import weights_named_in
from settings.traces import NO_TRACE
from spec.datasets.built_in import built_in_facts
from spec.datasets.choice import dataset_of
from spec.datasets.facts import DatasetFacts
from spec.jobs import JobSpec


@dataclass(frozen=True)
class Subject:
    """A job that is looked at.

    Attributes:
        job_id: Of the job.
        project: Whose.
        spec_json: As it was sent.
        dataset_facts_json: What was known of its data set when it was made; None of a job that is older than that.
    """

    job_id: str
    project: str
    spec_json: str
    dataset_facts_json: str | None


async def coach_of(
    database: Database, subject: Subject, failed: Failed, *, memory_bytes: int, rules: Sequence[Rule] = ALL
) -> Coach:
    """The coach of a job.

    Args:
        database: Where remedies look up what the job names.
        subject: The job.
        failed: Is told of what failed in a look.
        memory_bytes: What a job may use that a remedy makes of this one.
        rules: That look.

    Raises:
        LookupError: If nothing is known of the job's data set.
        DatabaseUnavailable: If the database does not answer.
    """
    said: Mapping[str, Any] = json.loads(subject.spec_json)
    look_at = await _look_at(database, subject.project, said, memory_bytes)
    job = await asyncio.to_thread(lambda: job_in_training(said, _facts(subject, said), look_at))
    return Coach(job, failed, rules)


async def _look_at(database: Database, project: str, said: Mapping[str, Any], memory_bytes: int) -> LookAt:
    actor = Actor(project, None, NO_TRACE)
    datasets = await datasets_named_in(database, actor, said)
    weights = await weights_named_in(database, actor, said)
    return partial(
        coached_job, facts_of=datasets.facts_of, weights_of=weights.weights_of, max_memory_bytes=memory_bytes
    )


def _facts(subject: Subject, said: Mapping[str, Any]) -> DatasetFacts:
    if subject.dataset_facts_json is not None:
        return DatasetFacts.model_validate_json(subject.dataset_facts_json)
    facts = built_in_facts(dataset_of(JobSpec.model_validate(said).dataset).name)
    if facts is None:
        raise LookupError("Nothing is known of the job's data set.")
    return facts
