"""What is known of a data set is looked up when a job is made, and stays with the job, whatever becomes of the set."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator

import pytest

from broker.publisher import Publisher
from db.connections.engine import Database
from db.projects.quotas import Quotas
from db.queue import claims
from db.tables.base import DEFAULT_PROJECT
from services.actors import Actor
from services.context import Limits, ServiceContext
from services.dataset_facts import facts_named_in
from services.jobs import derivations
from services.jobs.creation import create
from services.jobs.drafts import Draft, draft
from settings.traces import Trace
from spec.datasets.built_in import built_in_facts
from spec.datasets.facts import DatasetFacts, FactsOf
from tests.api.specs import digits
from tests.db.scenes import in_read, in_write

UPLOAD = "ds_01jgz8q6v5x0r3w2m4n6p8s9tb"
OWNER = Actor(DEFAULT_PROJECT, None, Trace("request_1"))
STRANGER = Actor("another", None, Trace("request_2"))
LIMITS = Limits(max_spec_bytes=2**20, max_memory_bytes=2**30)


class Uploads:
    """The data sets of a project, which take a moment to be read."""

    def __init__(self) -> None:
        known = built_in_facts("digits")
        assert known is not None
        self.facts: dict[str, DatasetFacts] = {UPLOAD: known.model_copy(update={"name": UPLOAD, "rows": 1000})}
        self.asked: list[frozenset[str]] = []

    async def find(self, actor: Actor, names: frozenset[str]) -> FactsOf:
        """Those of these names that the actor may use."""
        self.asked.append(names)
        await asyncio.sleep(0)
        own = {name: self.facts[name] for name in names & self.facts.keys() if actor.project == DEFAULT_PROJECT}
        return lambda name: own.get(name) or built_in_facts(name)


@pytest.fixture
def uploads() -> Uploads:
    return Uploads()


@pytest.fixture
async def context(database: Database, broker_url: str, uploads: Uploads) -> AsyncIterator[ServiceContext]:
    made = ServiceContext.over(database, Publisher(broker_url), LIMITS, Quotas())
    yield dataclasses.replace(made, find_facts=uploads.find)
    await made.hints.close()


async def drafted(context: ServiceContext, body: object, actor: Actor = OWNER) -> Draft:
    facts_of = await facts_named_in(context.find_facts, actor, body)
    return draft(body, facts_of=facts_of, max_memory_bytes=LIMITS.max_memory_bytes)


async def test_a_job_keeps_the_facts_that_it_was_checked_by(
    context: ServiceContext, database: Database, uploads: Uploads
) -> None:
    checked = await drafted(context, digits(dataset={"name": UPLOAD, "scaling": "none"}))
    creation = await create(context, OWNER, checked)
    assert creation.made is not None
    known = uploads.facts.pop(UPLOAD)
    claimed = await in_write(database, claims.claim_next, "worker_1", 0, ["cpu"], 30)
    assert claimed is not None
    assert claimed.dataset_facts_json is not None
    assert DatasetFacts.model_validate_json(claimed.dataset_facts_json) == known
    # A claim whose answer was lost is read again.
    assert await in_read(database, claims.claim_of, "worker_1", 0) == claimed


async def test_only_data_sets_that_are_named_are_looked_up_and_only_for_who_may_use_them(
    context: ServiceContext, uploads: Uploads
) -> None:
    assert (await facts_named_in(context.find_facts, OWNER, {"dataset": UPLOAD}))(UPLOAD) == uploads.facts[UPLOAD]
    assert (await facts_named_in(context.find_facts, STRANGER, {"dataset": UPLOAD}))(UPLOAD) is None
    for body in ([], None, {}, {"dataset": 3}, {"dataset": {"name": [UPLOAD]}}, {"dataset": {"split": {}}}):
        await facts_named_in(context.find_facts, OWNER, body)
    assert uploads.asked == [frozenset({UPLOAD})] * 2 + [frozenset()] * 6


async def test_a_child_on_another_data_set_is_checked_by_that(context: ServiceContext, uploads: Uploads) -> None:
    operations = derivations.read_operations({"patch": [{"op": "replace", "path": "/dataset", "value": UPLOAD}]})
    patched = derivations.apply(context, "job_1", json.dumps(digits()), operations)
    facts_of = await facts_named_in(context.find_facts, OWNER, patched.document)
    assert derivations.derive(context, patched, facts_of).facts == uploads.facts[UPLOAD]
