"""The life of a job for whoever asks, without any HTTP: drafted, made, derived, changed, stopped, deleted."""

import json
import pkgutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import services
from broker.publisher import Publisher
from db.connections.engine import Database
from db.errors import IdempotencyKeyReused, JobNotEnded, JobNotFound
from db.jobs import outbox
from db.projects import audit
from db.projects.idempotency import Answer, KeyedRequest
from db.projects.quotas import Quotas
from db.tables.base import DEFAULT_PROJECT
from services.actors import Actor
from services.context import Limits, ServiceContext
from services.creations import Keyed
from services.errors import BodyFaulty, JobChanged, QuotaExceeded
from services.jobs import changes, control, derivations, jobs
from services.jobs.creation import create
from services.jobs.drafts import Draft, draft
from services.jobs.intake import MadeJob
from services.jobs.jobs import Job
from settings.traces import Trace
from spec.datasets.built_in import built_in_facts
from spec.patches.operations import read_patch
from spec.states import JobStatus
from tests.api.specs import digits
from tests.db.scenes import in_read

ROOT = Path(__file__).resolve().parents[2]
PLANNER = Actor(DEFAULT_PROJECT, None, Trace("planner_1"))
STRANGER = Actor("another", None, Trace("planner_2"))
LIMITS = Limits(max_spec_bytes=2**20, max_memory_bytes=2**30)
HTTP = ("fastapi", "starlette", "uvicorn", "httpx")


@pytest.fixture
async def context(database: Database, broker_url: str) -> AsyncIterator[ServiceContext]:
    made = ServiceContext.over(database, Publisher(broker_url), LIMITS, Quotas(jobs_queued=2))
    yield made
    await made.hints.close()


def drafted(context: ServiceContext, body: object) -> Draft:
    return draft(body, facts_of=built_in_facts, max_memory_bytes=context.limits.max_memory_bytes)


async def made(context: ServiceContext, child: Draft, keyed: Keyed[MadeJob] | None = None) -> MadeJob:
    creation = await create(context, PLANNER, child, keyed)
    assert creation.made is not None
    return creation.made


async def derived(context: ServiceContext, parent: str, *patch: dict[str, Any]) -> Draft:
    operations = read_patch(list(patch))
    spec_json = await derivations.spec_of(context, PLANNER, parent)
    patched = derivations.apply(context, parent, spec_json, operations)
    return derivations.derive(context, patched, built_in_facts)


async def test_a_job_is_drafted_made_derived_and_cancelled(context: ServiceContext, database: Database) -> None:
    with pytest.raises(BodyFaulty) as refused:
        drafted(context, digits(dataset="digit", nam="x"))
    assert {fault.pointer for fault in refused.value.faults} == {"/dataset", "/nam"}

    parent = await made(context, drafted(context, digits(name="parent")))
    assert (parent.row.status, parent.queue_position) == (JobStatus.QUEUED, 1)
    assert [row.job_id for row in await in_read(database, outbox.unpublished, 10)] == [parent.row.id]

    longer = {"op": "replace", "path": "/training/epochs", "value": 7}
    child = await made(context, await derived(context, parent.row.id, longer))
    assert (child.row.parent, child.row.epochs, child.queue_position) == (parent.row.id, 7, 2)
    assert json.loads(child.row.spec_json)["training"]["seed"] == parent.row.seed
    with pytest.raises(BodyFaulty) as astray:
        await derived(context, parent.row.id, {**longer, "value": 0})
    assert [fault.pointer for fault in astray.value.faults] == ["/patch/0/value"]
    with pytest.raises(QuotaExceeded):
        await create(context, PLANNER, drafted(context, digits()))

    stopped = await control.cancel(context, PLANNER, child.row.id)
    assert (stopped.row.status, stopped.queue_position, stopped.has_ended) == (JobStatus.CANCELLED, None, True)
    assert await jobs.read(context, PLANNER, child.row.id) == Job(stopped.row, None)
    with pytest.raises(JobNotFound):
        await jobs.read(context, STRANGER, child.row.id)
    entries = await in_read(database, audit.list_page, DEFAULT_PROJECT, 10)
    assert [(entry.action, entry.object_id, entry.request_id) for entry in reversed(entries)] == [
        ("job.create", parent.row.id, "planner_1"),
        ("job.derive", child.row.id, "planner_1"),
        ("job.cancel", child.row.id, "planner_1"),
    ]


async def test_a_job_is_paused_gone_on_with_changed_and_deleted(context: ServiceContext) -> None:
    job = (await made(context, drafted(context, digits(name="first")))).row
    assert (await control.pause(context, PLANNER, job.id)).row.status is JobStatus.PAUSED
    back = await control.resume(context, PLANNER, job.id)
    assert (back.row.status, back.queue_position) == (JobStatus.QUEUED, 1)
    renamed = changes.read_changes({"name": "second", "metadata": {"rung": "3"}})
    with pytest.raises(JobChanged):
        await changes.change(context, PLANNER, job.id, renamed, {job.revision})
    changed = (await changes.change(context, PLANNER, job.id, renamed, {back.row.revision})).row
    assert (changed.name, json.loads(changed.metadata_json)) == ("second", {"rung": "3"})
    with pytest.raises(JobNotEnded):
        await control.delete(context, PLANNER, job.id)
    await control.cancel(context, PLANNER, job.id)
    await control.delete(context, PLANNER, job.id)
    with pytest.raises(JobNotFound):
        await jobs.read(context, PLANNER, job.id)


async def test_a_wish_with_a_key_is_carried_out_once_and_answered_as_its_sender_answers(
    context: ServiceContext,
) -> None:
    def answer_of(made: MadeJob) -> Answer:
        return Answer(0, f"trial {made.row.name}", json.dumps({"job": made.row.id}))

    wish = Keyed(KeyedRequest("rung 1, trial 7", "digest", DEFAULT_PROJECT), answer_of)
    first = await create(context, PLANNER, drafted(context, digits(name="seven")), wish)
    assert first.made is not None
    assert first.kept == Answer(0, "trial seven", json.dumps({"job": first.made.row.id}))
    again = await create(context, PLANNER, drafted(context, digits(name="seven")), wish)
    assert (again.made, again.kept) == (None, first.kept)
    other = Keyed(KeyedRequest("rung 1, trial 7", "another digest", DEFAULT_PROJECT), answer_of)
    with pytest.raises(IdempotencyKeyReused):
        await create(context, PLANNER, drafted(context, digits()), other)


def test_all_of_it_is_there_without_http() -> None:
    modules = [module.name for module in pkgutil.walk_packages(services.__path__, "services.")]
    assert len(modules) > 20
    program = f"import sys, {', '.join(modules)}\nprint([name for name in {HTTP} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_a_planner_has_a_job_pause_after_an_epoch_and_takes_it_back(context: ServiceContext) -> None:
    job = (await made(context, drafted(context, digits()))).row
    ordered = await control.pause_at_epoch(context, DEFAULT_PROJECT, job.id, 2)
    # No client is told: to them the job is as it was.
    assert (ordered.pause_at_epoch, ordered.revision, ordered.epochs) == (2, job.revision, job.epochs)
    assert (await control.pause_at_epoch(context, DEFAULT_PROJECT, job.id, None)).pause_at_epoch is None
    with pytest.raises(JobNotFound):
        await control.pause_at_epoch(context, STRANGER.project, job.id, 2)
