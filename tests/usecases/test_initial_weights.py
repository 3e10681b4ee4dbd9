"""Weights of other jobs: looked up where a body names them, and looked at once more when the job is made."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.jobs.documents import job_answer
from broker.publisher import Publisher
from db.attempts import endings
from db.attempts.endings import Ending, NewArtifact
from db.connections.engine import Database
from db.jobs import jobs, removals
from db.jobs.jobs import JobFilter
from db.projects.idempotency import KeyedRequest
from db.projects.quotas import Quotas
from db.tables.base import DEFAULT_PROJECT
from services.actors import Actor
from services.context import Limits, ServiceContext
from services.creations import Keyed
from services.errors import BodyFaulty
from services.jobs import derivations
from services.jobs.creation import create
from services.jobs.drafts import Draft, draft
from services.lookups import Lookups, look_up
from settings.traces import Trace
from spec.ids import new_id
from spec.patches.operations import read_patch
from spec.states import JobStatus
from spec.training.initial_weights import WeightsSource
from spec.weights.stored import WEIGHTS_FILE, WeightsFacts
from tests.api.specs import digits
from tests.db.scenes import in_read, in_write, running
from tests.spec.jobs import check

OWNER = Actor(DEFAULT_PROJECT, None, Trace("request_1"))
STRANGER = Actor("another", None, Trace("request_2"))
LIMITS = Limits(max_spec_bytes=2**20, max_memory_bytes=2**30)


@pytest.fixture
async def context(database: Database, broker_url: str) -> AsyncIterator[ServiceContext]:
    made = ServiceContext.over(database, Publisher(broker_url), LIMITS, Quotas(epoch_samples_per_day=10_000))
    yield made
    await made.hints.close()


async def left(database: Database) -> str:
    """A job on digits that has left its weights after two epochs."""
    body = digits()
    body["training"]["seed"] = 7
    summary = check(body).summary
    assert summary is not None
    fence = await running(database, epochs=2, spec_json=json.dumps(body))
    results = {"model_summary": summary.model_dump(mode="json"), "epochs_run": 2}
    file = NewArtifact(WEIGHTS_FILE, "jobs/1/weights", "application/octet-stream", 10, "ab" * 32)
    ending = Ending(status=JobStatus.CANCELLED, results=results, artifacts=[file])
    await in_write(database, endings.finish, fence, ending)
    return fence.job_id


def child_of(source: str, **weights: object) -> dict[str, Any]:
    body = digits()
    body["training"]["initial_weights"] = {"from": {"job": source}, **weights}
    return body


def drafted(body: object, found: Lookups) -> Draft:
    return draft(body, facts_of=found.facts_of, max_memory_bytes=2**30, weights_of=found.weights_of)


async def test_what_a_body_names_is_looked_up_and_no_more(context: ServiceContext, database: Database) -> None:
    source = await left(database)
    found = await look_up(context, OWNER, child_of(source))
    facts = found.weights_of(WeightsSource(job=source))
    assert isinstance(facts, WeightsFacts)
    assert (list(facts.layers), facts.epochs, facts.seed) == (["flatten", "dense", "dense_1"], 2, 42)
    assert facts.spec is None
    assert len(found.texts) == 1, "the check is as much work as the results are long"
    whole = await look_up(context, OWNER, child_of(source, **{"continue": True}))
    assert len(whole.texts) == 2, "and the spec"
    assert whole.texts[1] == json.dumps({**digits(), "training": {**digits()["training"], "seed": 7}})
    for actor, body in (
        (STRANGER, child_of(source)),
        (OWNER, child_of(new_id("job"))),
        (OWNER, child_of("resnet")),
        (OWNER, digits()),
        (OWNER, {"training": {"initial_weights": {"from": [source]}}}),
        (OWNER, {"training": [source]}),
        (OWNER, None),
    ):
        nothing = await look_up(context, actor, body)
        assert nothing.texts == ()
        assert nothing.weights_of(WeightsSource(job=source)) is None


async def test_a_source_that_is_deleted_in_between_is_as_unknown(context: ServiceContext, database: Database) -> None:
    source = await left(database)
    body = child_of(source)
    found = await look_up(context, OWNER, body)
    first, plain = drafted(body, found), drafted(body, found)
    operation = {"op": "add", "path": "/training/initial_weights", "value": {"from": {"job": source}}}
    operations = read_patch([operation])
    patched = derivations.apply(context, "job_1", json.dumps(digits()), operations)
    derived = derivations.derive(context, patched, found.facts_of, found.weights_of)
    keyed = Keyed(KeyedRequest("key", "digest", DEFAULT_PROJECT), job_answer)
    made = (await create(context, OWNER, first, keyed)).made
    assert made is not None
    await in_write(database, removals.delete_job, source, DEFAULT_PROJECT)
    for lost, place in ((plain, "/training/initial_weights/from/job"), (derived, "/patch/0/value/from/job")):
        with pytest.raises(BodyFaulty) as refused:
            await create(context, OWNER, lost)
        assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [(place, "unknown_job")]
    again = await create(context, OWNER, first, keyed)
    assert again.made is None, "the first answer of a key is given again, whatever became of the source"
    assert again.kept is not None
    rows = await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(initial_weights=source), 10)
    assert [row.id for row in rows] == [made.row.id]


async def test_only_the_epochs_that_are_added_are_asked_of_the_quota(
    context: ServiceContext, database: Database
) -> None:
    """1,437 rows, three epochs: twice is within 10,000, and with those of the source it would not be."""
    source = await left(database)
    body = child_of(source, **{"continue": True})
    found = await look_up(context, OWNER, body)
    for _ in range(2):
        creation = await create(context, OWNER, drafted(body, found))
        assert creation.made is not None
        assert (creation.made.row.epoch, creation.made.row.epochs) == (2, 5)
