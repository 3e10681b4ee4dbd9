"""A repair from its plan to its end, its jobs trained by hand: each step once, whoever takes it, or not at all."""

import asyncio
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from broker.publisher import Publisher
from coach.repairs.candidates import Candidate
from coach.repairs.objective import Objective
from coach.repairs.plan import Plan
from coach.repairs.rungs import rungs
from db.attempts import attempts, checkpoints, endings, salvages
from db.attempts.attempts import EpochRecord, Fence, Progress
from db.attempts.checkpoints import NewCheckpoint
from db.attempts.endings import Ending
from db.connections.engine import Database
from db.errors import DatasetInUse, JobAlreadyEnded
from db.jobs import controls, events, jobs, removals
from db.jobs.jobs import JobFilter, JobRow
from db.projects.quotas import Quotas
from db.queue import claims
from db.repairs import repairs
from db.tables.base import DEFAULT_PROJECT
from db.webhooks import messages, webhooks
from db.webhooks.webhooks import WebhookRow
from db.workers import upkeep
from db.workers.upkeep import Duty
from services.actors import Actor
from services.context import Limits, ServiceContext
from services.datasets.changes import remove
from services.errors import NoRepair, QuotaExceeded
from services.jobs.creation import create
from services.jobs.drafts import draft
from services.lookups import look_up
from services.quotas.guard import QuotaGuard
from services.repairs import reports
from services.repairs.planner import Planner
from settings.traces import Trace
from spec.datasets.built_in import built_in_facts
from spec.ids import new_id
from spec.language.numbers import encode_json
from spec.states import FailureCode, JobStatus
from tests.api.specs import digits
from tests.db.read_datasets import ready
from tests.db.scenes import claim, draft_webhook, in_read, in_write, read

OWNER = Actor(DEFAULT_PROJECT, None, Trace("request_1"))
EPOCHS = 8
_AS_IT_IS: Mapping[str, Any] = MappingProxyType({})
RATES = (0.001, 0.1, 1.0, 5.0)


def plan(*, is_trained: bool = True) -> Plan:
    found = [
        Candidate(
            f"Rate {rate}",
            ["lower_learning_rate"],
            [{"op": "replace", "path": "/training/optimizer/learning_rate", "value": rate}],
            EPOCHS,
        )
        for rate in RATES
    ]
    objective = Objective("val_accuracy", "maximize", 0.1)
    return Plan(objective, found, rungs(4, EPOCHS, EPOCHS), [7, 8], is_trained, 0.1 if is_trained else None)


class Clinic:
    """A sick job that has ended, and who plans its repair."""

    def __init__(self, database: Database, quotas: Quotas) -> None:
        self.database = database
        self.planner = Planner(database, QuotaGuard(database, quotas))
        self.sick = ""

    async def fall_ill(self, context: ServiceContext, repair: Plan, said: Mapping[str, Any] = _AS_IT_IS) -> None:
        body = digits(coach={"repair": True, "repeats": 2}, metadata={"team": "vision"}, resources={"priority": 3})
        body["training"] |= {"epochs": EPOCHS, "seed": 7, "optimizer": {"type": "SGD", "learning_rate": 10}}
        body |= {**said, "training": body["training"] | said.get("training", {})}
        found = await look_up(context, OWNER, body)
        drafted = draft(body, facts_of=found.facts_of, max_memory_bytes=2**30, weights_of=found.weights_of)
        creation = await create(context, OWNER, drafted)
        assert creation.made is not None
        self.sick = creation.made.row.id
        fence = await claim(self.database)
        ending = Ending(status=JobStatus.SUCCEEDED, results={"epochs_run": 3}, repair_json=encode_json(repair.told()))
        for _ in range(2):  # a commit of unknown outcome is repeated
            await in_write(self.database, endings.finish, fence, ending)

    async def children(self) -> list[JobRow]:
        page = await in_read(self.database, jobs.list_page, DEFAULT_PROJECT, JobFilter(parent=self.sick), 100)
        return sorted(page, key=lambda row: row.id)

    async def train(
        self, scores: Mapping[float, float | None], *, failing: FailureCode = FailureCode.DIVERGED
    ) -> list[tuple[float, int, int | None]]:
        """Have all jobs in the queue trained: of each its learning rate, the epochs that it trained and its seed."""
        trained: list[tuple[float, int, int | None]] = []
        while True:
            claimed = await in_write(self.database, claims.claim_next, "worker_1", 0, ["cpu"], 30)
            if claimed is None:
                return sorted(trained)
            training = json.loads(claimed.spec_json)["training"]
            rate = training["optimizer"]["learning_rate"]
            until = claimed.pause_at_epoch or EPOCHS
            fence = Fence(claimed.job_id, claimed.attempt)
            await in_write(
                self.database, attempts.record_started, fence, epochs=EPOCHS, from_epoch=claimed.epochs_recorded
            )
            score = scores[rate]
            told = {"val_accuracy": score or 0.0}
            records = [
                EpochRecord(epoch, told, 0.1, Progress(epoch / EPOCHS, None))
                for epoch in range(claimed.epochs_recorded + 1, until + 1)
            ]
            await in_write(self.database, attempts.record_epochs, fence, records)
            trained.append((rate, len(records), training["seed"]))
            if score is None:
                failed = Ending(status=JobStatus.FAILED, error_code=failing, error_message="It failed.")
                await in_write(self.database, endings.finish, fence, failed)
            elif until < EPOCHS:
                new = NewCheckpoint(until, 0, f"checkpoints/{claimed.job_id}/{until}", 100, "0" * 64)
                await in_write(self.database, checkpoints.record, fence, new, keep=2)
                await in_write(self.database, endings.pause_at_epoch, fence)
            else:
                await in_write(self.database, endings.finish, fence, Ending(status=JobStatus.SUCCEEDED, results={}))

    async def is_due(self) -> bool:
        due = await in_read(self.database, upkeep.due, fresh_seconds=1e6, silent_seconds=1e6)
        listed = await in_read(self.database, repairs.due, "", 10)
        assert (Duty.REPAIRS in due) is (listed == [self.sick])
        return Duty.REPAIRS in due

    async def told(self, context: ServiceContext) -> dict[str, Any]:
        return (await reports.read(context, OWNER, self.sick)).told()


@pytest.fixture
async def context(database: Database, broker_url: str) -> Any:  # noqa: ANN401 -- an iterator of it
    made = ServiceContext.over(
        database, Publisher(broker_url), Limits(max_spec_bytes=2**20, max_memory_bytes=2**30), Quotas()
    )
    yield made
    await made.hints.close()


async def clinic_of(context: ServiceContext, repair: Plan | None = None, quotas: Quotas | None = None) -> Clinic:
    clinic = Clinic(context.database, quotas or Quotas())
    await clinic.fall_ill(context, repair or plan())
    return clinic


async def messages_of(database: Database, hook: WebhookRow) -> list[tuple[str, str | None]]:
    page = await in_read(database, messages.list_page, hook.id, hook.project, 100)
    return [(one.type, one.job_id) for one in reversed(page)]


async def test_a_repair_goes_from_rung_to_rung_and_nothing_is_trained_twice(context: ServiceContext) -> None:
    database = context.database
    hook = await in_write(database, webhooks.create, draft_webhook(events_json='["job.succeeded","repair.ended"]'))
    clinic = await clinic_of(context)
    assert (await read(database, clinic.sick)).is_repairing
    assert await clinic.is_due()
    # Two planners at once, and again: four jobs.
    other = Planner(database, QuotaGuard(database, Quotas()))
    made = await asyncio.gather(*(one.advance(clinic.sick) for one in (clinic.planner, other, clinic.planner)))
    assert sorted(map(len, made)) == [0, 0, 4]
    assert not await clinic.is_due()
    children = await clinic.children()
    assert {(row.parent, row.priority, row.status, row.pause_at_epoch) for row in children} == {
        (clinic.sick, 3, JobStatus.QUEUED, 1)
    }
    spec = json.loads(children[0].spec_json)
    assert (spec["metadata"], spec.get("coach"), spec["training"]["seed"]) == ({"team": "vision"}, None, 7)
    told = await clinic.told(context)
    assert (told["status"], told["is_better"], told["chosen"]) == ("running", False, None)
    scores = {0.001: 0.2, 0.1: 0.9, 1.0: 0.5, 5.0: None, 10: 0.1}
    assert await clinic.train(scores) == [(rate, 1, 7) for rate in RATES]
    assert await clinic.is_due()
    made = await asyncio.gather(*(one.advance(clinic.sick) for one in (clinic.planner, other)))
    assert sorted(map(len, made)) == [0, 2]
    assert [row.status for row in await clinic.children()] == ["cancelled", "queued", "queued", "failed"]
    assert await clinic.train(scores) == [(0.1, 3, 7), (1.0, 3, 7)]
    await clinic.planner.advance(clinic.sick)
    assert await clinic.train(scores) == [(0.1, 4, 7)]
    await clinic.planner.advance(clinic.sick)
    told = await clinic.told(context)
    assert (told["status"], told["chosen"]) == ("running", told["tried"][1]["job"])
    assert [(one["original"]["score"], one["repaired"]["score"]) for one in told["confirmed"]] == [
        (0.1, 0.9),
        (None, None),
    ]
    # The winner on the other seed, and the original on it: the first seed of each is trained.
    assert await clinic.train({**scores, 0.1: 0.92}) == [(0.1, 8, 8), (10, 8, 8)]
    assert (await read(database, clinic.sick)).is_repairing
    await clinic.planner.advance(clinic.sick)
    assert await clinic.planner.advance(clinic.sick) == []
    assert not (await read(database, clinic.sick)).is_repairing
    assert not await clinic.is_due()
    told = await clinic.told(context)
    assert (told["status"], told["is_better"], told["metric"]) == ("done", True, "val_accuracy")
    assert told["gain"] == pytest.approx(0.81)
    assert told["chosen"] == told["tried"][1]["job"] == (await clinic.children())[1].id
    assert [(one["score"], one["epochs"]) for one in told["tried"]] == [(0.2, 1), (0.9, 8), (0.5, 4), (None, 1)]
    assert [one["interval"] for one in told["tried"]] == [None, told["interval"], None, None]
    assert told["tried"][0]["patch"] == plan().candidates[0].patch
    assert [(one["seed"], one["original"]["score"], one["repaired"]["score"]) for one in told["confirmed"]] == [
        (7, 0.1, 0.9),
        (8, 0.1, 0.92),
    ]
    page = await in_read(database, events.list_page, clinic.sick, 0, 100)
    assert [event.type for event in page][-3:] == ["job.succeeded", "repair.started", "repair.ended"]
    ended = json.loads(page[-1].data_json)
    assert ended == {name: told[name] for name in ("chosen", "gain", "interval", "is_better")}
    assert len(await clinic.children()) == 6
    sent = await messages_of(database, hook)
    assert [one for one in sent if one[1] == clinic.sick] == [
        ("job.succeeded", clinic.sick),
        ("repair.ended", clinic.sick),
    ]
    assert [kind for kind, _ in sent].count("repair.ended") == 1


async def test_weights_are_made_of_what_a_client_cancels_and_not_of_what_lost_a_race(context: ServiceContext) -> None:
    clinic = await clinic_of(context)
    await clinic.planner.advance(clinic.sick)
    await clinic.train({0.001: 0.2, 0.1: 0.9, 1.0: 0.5, 5.0: 0.1})
    await clinic.planner.advance(clinic.sick)
    lost, *_ = children = await clinic.children()
    assert [row.status for row in children] == ["cancelled", "queued", "queued", "cancelled"]
    assert await in_read(context.database, checkpoints.list_for, lost.id) != []
    assert await in_read(context.database, salvages.sources, lost.id) == []
    await in_write(context.database, controls.request_cancel, clinic.sick, DEFAULT_PROJECT)
    assert await in_read(context.database, salvages.sources, children[1].id) != []


async def test_a_cancelled_repair_cancels_its_jobs_and_a_deleted_job_does(context: ServiceContext) -> None:
    database = context.database
    hook = await in_write(database, webhooks.create, draft_webhook(events_json='["repair.ended"]'))
    clinic = await clinic_of(context)
    await clinic.planner.advance(clinic.sick)
    # One is running, one is paused, and the others are queued.
    running = await claim(database)
    paused = next(child for child in await clinic.children() if child.id != running.job_id)
    await in_write(database, jobs.request_pause, paused.id, DEFAULT_PROJECT)
    assert not await clinic.is_due(), "a job that a client has paused is waited for"
    row = await in_write(
        database, jobs.request_cancel, clinic.sick, DEFAULT_PROJECT, OWNER.act("job.cancel", clinic.sick)
    )
    assert (row.status, row.is_repairing) == (JobStatus.SUCCEEDED, False)
    of_running = await read(database, running.job_id)
    assert (of_running.status, of_running.cancel_requested_at is not None) == (JobStatus.RUNNING, True)
    await in_write(database, endings.finish, running, Ending(status=JobStatus.CANCELLED))
    assert {child.status for child in await clinic.children()} == {JobStatus.CANCELLED}
    assert (await clinic.told(context))["status"] == "cancelled"
    assert await clinic.planner.advance(clinic.sick) == []
    again = await in_write(database, jobs.request_cancel, clinic.sick, DEFAULT_PROJECT)
    assert again.revision == row.revision, "to cancel it again changes nothing"
    assert await messages_of(database, hook) == [("repair.ended", clinic.sick)]
    with pytest.raises(JobAlreadyEnded):
        await in_write(database, jobs.request_pause, clinic.sick, DEFAULT_PROJECT)
    second = await clinic_of(context)
    await second.planner.advance(second.sick)
    await in_write(database, removals.delete_job, second.sick, DEFAULT_PROJECT)
    assert {child.status for child in await second.children()} == {JobStatus.CANCELLED}
    assert await second.planner.advance(second.sick) == []


async def test_a_repair_waits_for_room_and_goes_on_without_jobs_that_others_removed(context: ServiceContext) -> None:
    database = context.database
    clinic = await clinic_of(context, plan(is_trained=False), Quotas(jobs_queued=0))
    for _ in range(2):
        with pytest.raises(QuotaExceeded):
            await clinic.planner.advance(clinic.sick)
    assert await clinic.children() == []
    told = await clinic.told(context)
    assert (told["status"], told["waits_for"]) == (
        "running",
        "The project's quota `jobs_queued` is 0. 0 are in use, and this request would add 1.",
    )
    assert await clinic.is_due()
    roomy = Planner(database, QuotaGuard(database, Quotas()))
    await roomy.advance(clinic.sick)
    assert (await clinic.told(context))["waits_for"] is None
    for child in (await clinic.children())[:3]:
        await in_write(database, jobs.request_cancel, child.id, DEFAULT_PROJECT)
    await in_write(database, removals.delete_job, (await clinic.children())[0].id, DEFAULT_PROJECT)
    assert await clinic.train({5.0: 0.3}) == [(5.0, 1, 7)]
    while await clinic.is_due():
        await roomy.advance(clinic.sick)
        await clinic.train({5.0: 0.3, 10: 0.3})
    told = await clinic.told(context)
    assert (told["status"], told["is_better"], told["gain"]) == ("done", False, 0)
    assert [(one["original"]["score"], one["repaired"]["score"]) for one in told["confirmed"]] == [(0.3, 0.3)] * 2
    assert told["tried"][0]["job"] is not None


async def test_where_there_is_room_for_some_jobs_the_others_follow(context: ServiceContext) -> None:
    database = context.database
    clinic = await clinic_of(context)
    narrow = Planner(database, QuotaGuard(database, Quotas(jobs_queued=3)))
    scores = {0.001: 0.2, 0.1: 0.9, 1.0: 0.5, 5.0: None, 10: 0.1}
    assert len(await narrow.advance(clinic.sick)) == 3
    assert await clinic.train(scores) == [(rate, 1, 7) for rate in RATES[:3]]
    # What a process knows of the queue is a second old at most.
    assert len(await Planner(database, QuotaGuard(database, Quotas(jobs_queued=1))).advance(clinic.sick)) == 1
    # That this one fails for want of memory says nothing about how it would learn.
    assert await clinic.train(scores, failing=FailureCode.OUT_OF_MEMORY) == [(5.0, 1, 7)]
    while await clinic.is_due():
        await Planner(database, QuotaGuard(database, Quotas(jobs_queued=1))).advance(clinic.sick)
        await clinic.train(scores)
    told = await clinic.told(context)
    assert (told["status"], told["is_better"], told["gain"]) == ("done", True, pytest.approx(0.8))
    assert [(one["score"], one["epochs"]) for one in told["tried"]] == [(0.2, 1), (0.9, 8), (0.5, 4), (None, 1)]
    assert len(await clinic.children()) == 6


async def test_a_seed_without_both_scores_is_left_out(context: ServiceContext) -> None:
    clinic = await clinic_of(context)
    scores = {0.001: 0.2, 0.1: 0.9, 1.0: 0.5, 5.0: 0.3}
    while (await clinic.told(context))["confirmed"] == [] and len(await clinic.children()) < 6:
        await clinic.planner.advance(clinic.sick)
        await clinic.train({**scores, 10: None}, failing=FailureCode.TIMED_OUT)
    await clinic.planner.advance(clinic.sick)
    told = await clinic.told(context)
    assert (told["status"], told["is_better"], told["interval"]) == ("done", False, None)
    assert told["gain"] == pytest.approx(0.8)


async def test_a_repair_ends_though_its_data_set_was_deleted(context: ServiceContext) -> None:
    database = context.database
    dataset_id = await ready(database)
    layers = [{"type": "Dense", "units": 3, "activation": "softmax"}]
    said = {
        "dataset": {"name": dataset_id, "features": ["age", "job"]},
        "network": {"layers": layers},
        "training": {"phases": [{"epochs": 3}, {"epochs": EPOCHS - 3, "optimizer": {"type": "Adam"}}]},
    }
    clinic = Clinic(database, Quotas())
    await clinic.fall_ill(context, plan(), said)
    assert len(await clinic.planner.advance(clinic.sick)) == 4
    with pytest.raises(DatasetInUse):
        await remove(context, OWNER, dataset_id)
    second = Clinic(database, Quotas())
    for child in await clinic.children():
        await in_write(database, jobs.request_cancel, child.id, DEFAULT_PROJECT)
    await second.fall_ill(context, plan(), said)
    await remove(context, OWNER, dataset_id)
    for one in (clinic, second):
        while (await read(database, one.sick)).is_repairing:
            await one.planner.advance(one.sick)
        told = await one.told(context)
        assert (told["status"], told["chosen"], told["gain"], told["is_better"]) == ("done", None, None, False)
    assert await second.children() == []
    assert [one["job"] for one in told["tried"]] == [None] * 4


async def test_what_has_no_repair(context: ServiceContext) -> None:
    clinic = await clinic_of(context, Plan(None, [], [], [7], is_original_trained=True))
    await clinic.planner.advance(clinic.sick)
    told = await clinic.told(context)
    assert (told["status"], told["tried"], told["chosen"], told["is_better"]) == ("done", [], None, False)
    assert await clinic.planner.advance(new_id("job")) == []
    creation = await create(context, OWNER, draft(digits(), facts_of=built_in_facts, max_memory_bytes=2**30))
    assert creation.made is not None
    with pytest.raises(NoRepair):
        await reports.read(context, OWNER, creation.made.row.id)
