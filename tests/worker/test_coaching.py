"""The coach beside an attempt: what it finds is written as it is found, and what befalls it costs the job nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from coach.evidence import EpochSeen
from coach.findings import Found
from coach.reading.case import Case
from coach.repairs.plan import Plan
from coach.repairs.rungs import cost
from coach.rules import ALL
from coach.rules.rule import Rule
from db.attempts import attempts, endings, findings, second_looks
from db.attempts.attempts import EpochRecord, Fence, Progress
from db.attempts.endings import Ending
from db.connections.engine import Database
from db.datasets import references
from db.jobs import events, jobs
from db.queue import claims
from db.queue.claims import Claim
from db.repairs import repairs
from db.tables.base import DEFAULT_PROJECT
from services.jobs import drafts
from settings import WorkerSettings
from spec.datasets.built_in import built_in_facts
from spec.ids import new_id
from spec.states import FailureCode, JobStatus
from storage.store import Store
from tests.api.specs import digits
from tests.db.scenes import CPU, in_read, in_write
from worker.supervisor.attempts.coaching import Coaching, LastLook
from worker.supervisor.attempts.work_dirs import WorkDirs
from worker.supervisor.looks.epochs import SeenEpochs
from worker.supervisor.looks.second_looks import SecondLooks
from worker.supervisor.workplace import Workplace

START = {
    "train_rows": 9,
    "inputs": {"input": {"least": 0, "most": 1, "mean": 0, "deviation": 1, "largest_scale": 1, "smallest_scale": 1}},
    "signals": {"dense": {"weight_norm": 1.5}},
}


class Counting(Rule):
    """Tells what it is shown."""

    NAME = "unscaled_inputs"
    SOURCE = "A test."

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """The epochs that it was shown, once there is one."""
        evidence = case.evidence
        if evidence.epochs:
            signals = sum(bool(epoch.signals) for epoch in evidence.epochs)
            told = [epoch.epoch for epoch in evidence.epochs], signals, evidence.start is not None, evidence.is_final
            yield Found(self.NAME, "hint", len(evidence.epochs), threshold, repr((*told, evidence.failure)))


class Raising(Rule):
    """Fails always."""

    NAME = "diverged"
    SOURCE = "A test."

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """Never gets there."""
        del case, threshold
        raise ZeroDivisionError


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    """What is logged, which is not written out with all that the frames of a failure hold."""
    with capture_logs() as entries:
        yield entries


@pytest.fixture
async def workplace(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Workplace]:
    database = Database(sqlite_url)
    store = Store(f"file://{tmp_path}/storage")
    yield Workplace("worker_1", WorkerSettings(home=tmp_path), database, store, WorkDirs(tmp_path, "worker_1"))
    await database.close()


async def claimed(workplace: Workplace, spec: dict[str, Any] | None = None) -> Claim:
    """A job that was just made, or one that is tried again, and has begun."""
    if spec is not None:
        draft = drafts.draft(spec, facts_of=built_in_facts, max_memory_bytes=2**33)
        await in_write(workplace.database, jobs.create, draft.new_job(new_id("job"), DEFAULT_PROJECT))
    claim = await in_write(workplace.database, claims.claim_next, "worker_1", 0, CPU, 60)
    assert claim is not None
    return claim


def recorded(epoch: int, loss: float = 1.0) -> EpochRecord:
    start = START if epoch == 1 else None
    return EpochRecord(epoch, {"loss": loss}, 0.1, Progress(0.1, None), {"dense": {"weight_norm": 1.0}}, start)


async def begin(workplace: Workplace, coaching: Coaching, fence: Fence, epochs: range) -> None:
    """Start an attempt, and record epochs, each of which the coach is told of."""
    await in_write(workplace.database, attempts.record_started, fence, epochs=9, from_epoch=epochs[0] - 1)
    coaching.begins_from(epochs[0] - 1)
    for epoch in epochs:
        await in_write(workplace.database, attempts.record_epochs, fence, [recorded(epoch)])
        coaching.see([recorded(epoch)])


async def shown(workplace: Workplace, job_id: str) -> list[dict[str, Any]]:
    stored = await in_read(workplace.database, findings.read, job_id, DEFAULT_PROJECT)
    return json.loads(stored.findings_json)


async def told(workplace: Workplace, job_id: str) -> list[dict[str, Any]]:
    page = await in_read(workplace.database, events.list_page, job_id, 0, 100)
    return [json.loads(event.data_json) for event in page if event.type == events.FINDING]


async def until_shown(workplace: Workplace, job_id: str, explanation: str) -> list[dict[str, Any]]:
    async with asyncio.timeout(120):
        while True:
            now = await shown(workplace, job_id)
            if [one["explanation"] for one in now] == [explanation]:
                return now
            await asyncio.sleep(0.02)


async def end(workplace: Workplace, coaching: Coaching, fence: Fence, ending: Ending, *last: EpochRecord) -> None:
    found = await coaching.last_look(last, is_final=True, failure=ending.error_code, results=ending.results)
    async with workplace.database.write() as connection:
        if last:
            await attempts.record_epochs(connection, fence, last)
        await coaching.write_last(connection, found)
        await endings.finish(connection, fence, found.added_to(ending))


async def test_it_tells_while_a_job_trains_at_its_end_and_after_it_was_lost(
    workplace: Workplace, logs: list[Any]
) -> None:
    claim = await claimed(workplace, digits())
    fence = Fence(claim.job_id, claim.attempt)
    rules = (Raising(), Counting())
    coaching = Coaching(claim, workplace, memory_bytes=2**33, rules=rules)
    await begin(workplace, coaching, fence, range(1, 4))
    (first,) = await until_shown(workplace, claim.job_id, repr(([1, 2, 3], 3, True, False, None)))
    (event,) = await told(workplace, claim.job_id)
    assert (event["id"], event["rule"], event["attempt"]) == (first["id"], "unscaled_inputs", 1)
    await coaching.close()
    # Once of an attempt, however often it is looked at.
    assert [entry["part"] for entry in logs] == ["diverged"]
    await in_write(workplace.database, endings.fail_or_requeue, fence, FailureCode.WORKER_LOST, "gone")

    second = await claimed(workplace)
    again = Coaching(second, workplace, memory_bytes=2**33, rules=rules)
    fence = Fence(second.job_id, second.attempt)
    await begin(workplace, again, fence, range(3, 5))
    # The third epoch was trained anew, what was seen once is known from the first attempt.
    (kept,) = await until_shown(workplace, claim.job_id, repr(([1, 2, 3, 4], 4, True, False, None)))
    ending = Ending(status=JobStatus.FAILED, error_code=FailureCode.DIVERGED, error_message="no")
    await end(workplace, again, fence, ending, recorded(5))
    (final,) = await shown(workplace, claim.job_id)
    assert final["explanation"] == repr(([1, 2, 3, 4, 5], 5, True, True, FailureCode.DIVERGED))
    assert kept["id"] == final["id"] == first["id"]
    assert await told(workplace, claim.job_id) == [event]


async def test_a_superseded_attempt_tells_nothing_and_is_stopped_by_others(workplace: Workplace) -> None:
    claim = await claimed(workplace, digits())
    fence = Fence(claim.job_id, claim.attempt)
    coaching = Coaching(claim, workplace, memory_bytes=2**33, rules=(Counting(),))
    await in_write(workplace.database, attempts.record_started, fence, epochs=9)
    await in_write(workplace.database, endings.fail_or_requeue, fence, FailureCode.WORKER_LOST, "gone")
    coaching.see([recorded(1)])
    found = await coaching.last_look([], is_final=True, failure=None)
    assert found != LastLook()
    async with workplace.database.write() as connection:
        await coaching.write_last(connection, found)
    assert await shown(workplace, claim.job_id) == []
    assert await told(workplace, claim.job_id) == []


async def test_a_healthy_job_costs_no_write_and_a_coach_that_cannot_look_costs_no_job(workplace: Workplace) -> None:
    claim = await claimed(workplace, digits())
    fence = Fence(claim.job_id, claim.attempt)
    coaching = Coaching(claim, workplace, memory_bytes=2**33, rules=(Raising(),))
    await begin(workplace, coaching, fence, range(1, 3))
    assert await coaching.last_look([], is_final=True, failure=None) == LastLook()
    broken = Coaching(
        Claim(claim.job_id, claim.attempt, "[]", 1, 1, None, project=DEFAULT_PROJECT), workplace, memory_bytes=2**33
    )
    await begin(workplace, broken, fence, range(1, 3))
    await end(workplace, broken, fence, Ending(status=JobStatus.SUCCEEDED), recorded(3))
    job = await in_read(workplace.database, jobs.get, claim.job_id, DEFAULT_PROJECT)
    assert job is not None
    assert (job.status, job.epoch) == (JobStatus.SUCCEEDED, 3)


async def test_a_sick_job_is_stopped_and_repaired_if_it_may_be(workplace: Workplace) -> None:
    training = {**digits()["training"], "epochs": 20, "optimizer": {"type": "SGD", "learning_rate": 1e6}}
    rules = [one for one in ALL if one.NAME == "diverged"]
    for coach in ({"repair": True, "max_jobs": 2}, {}):
        claim = await claimed(workplace, digits(training=training, coach=coach))
        fence, is_sick = Fence(claim.job_id, claim.attempt), asyncio.Event()
        coaching = Coaching(claim, workplace, memory_bytes=2**33, on_sick=is_sick.set, rules=rules)
        await begin(workplace, coaching, fence, range(1, 3))
        coaching.see([recorded(3, loss=float("nan"))])
        if coach:
            async with asyncio.timeout(60):
                await is_sick.wait()
        results = {"stopped_by": "coach" if coach else None}
        looked = await coaching.last_look([], is_final=True, failure=FailureCode.DIVERGED, results=results)
        assert looked.found is not None
        assert is_sick.is_set() is bool(coach)
        if not coach:
            assert looked.repair_json is None
            continue
        assert looked.repair_json is not None
        plan = Plan.of(json.loads(looked.repair_json))
        assert len(plan.candidates) == 2
        assert cost(plan.race, 20) <= 40
        assert (await coaching.last_look([], is_final=False, failure=None)).repair_json is None
        lost = await coaching.last_look([], is_final=True, failure=FailureCode.OUT_OF_MEMORY)
        assert lost.repair_json is None
        ending = Ending(status=JobStatus.FAILED, error_code=FailureCode.DIVERGED, repair_json=looked.repair_json)
        await end(workplace, coaching, fence, ending)
        job = await in_read(workplace.database, jobs.get, claim.job_id, DEFAULT_PROJECT)
        assert job is not None
        assert job.is_repairing


def scored(epoch: int) -> EpochRecord:
    """An epoch of a network that is right in 0.6 of the rows, and has been for a while."""
    metrics = {"loss": 1.2, "val_loss": 1.2, "accuracy": 0.6, "val_accuracy": 0.6}
    start = {**START, "class_rows": [144] * 10, "loss": 2.3} if epoch == 1 else None
    return EpochRecord(epoch, metrics, 0.1, Progress(0.1, None), {"dense": {"weight_norm": 1.0}}, start)


async def at_sixty_percent(workplace: Workplace, **coach: object) -> tuple[Coaching, Fence]:
    """A training that has come to 0.6, which is no alarm unless one knows of better, and has not ended."""
    claim = await claimed(workplace, digits(coach=coach))
    fence = Fence(claim.job_id, claim.attempt)
    coaching = Coaching(claim, workplace, memory_bytes=2**33)
    await in_write(workplace.database, attempts.record_started, fence, epochs=9)
    await in_write(workplace.database, references.note, fence.job_id, "key")
    for epoch in range(1, 4):
        await in_write(workplace.database, attempts.record_epochs, fence, [scored(epoch)])
        coaching.see([scored(epoch)])
    return coaching, fence


def reaching(accuracy: float) -> dict[str, Any]:
    return {"metric": "accuracy", "guess": 0.1, "models": {"logistic_regression": accuracy}, "has_validation": True}


async def store_reference(workplace: Workplace, accuracy: float) -> None:
    assert await in_write(workplace.database, references.claim, "key", [])
    await in_write(workplace.database, references.record, "key", reaching(accuracy))


SIXTY = Ending(status=JobStatus.SUCCEEDED, results={"evaluation": {"validation": {"accuracy": 0.6}}})
QUOTED = "0.93"


async def test_a_job_is_judged_by_the_reference_that_is_there_at_its_end(workplace: Workplace) -> None:
    coaching, fence = await at_sixty_percent(workplace, repair=True)
    await asyncio.sleep(0.1)  # a look that finds none
    await store_reference(workplace, 0.93)
    await end(workplace, coaching, fence, SIXTY)
    stored = await in_read(workplace.database, findings.read, fence.job_id, DEFAULT_PROJECT)
    assert stored.is_final
    told = {one["rule"]: one for one in json.loads(stored.findings_json)}
    assert told["not_learning"]["severity"] in {"error", "warning"}
    assert QUOTED in told["not_learning"]["explanation"]
    assert await in_read(workplace.database, repairs.due, "", 10) == [fence.job_id]


async def test_an_end_that_cannot_wait_for_its_look_leaves_it_and_the_repair_to_another(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    coaching, fence = await at_sixty_percent(workplace, repair=True, max_jobs=2)
    monkeypatch.setattr("worker.supervisor.attempts.coaching._LAST_LOOK_SECONDS", 0.0)
    await end(workplace, coaching, fence, SIXTY)
    database = workplace.database
    assert not (await in_read(database, findings.read, fence.job_id, DEFAULT_PROJECT)).is_final
    assert await in_read(database, repairs.due, "", 10) == []
    await store_reference(workplace, 0.93)
    assert await in_read(database, second_looks.due, "", 10) == [fence.job_id]
    await SecondLooks(database, 2**33).take(fence.job_id)
    assert "not_learning" in {one["rule"] for one in await shown(workplace, fence.job_id)}
    assert await in_read(database, repairs.due, "", 10) == [fence.job_id]
    asks_for_none, fence = await at_sixty_percent(workplace)
    await end(workplace, asks_for_none, fence, SIXTY)
    job = await in_read(database, second_looks.find, fence.job_id)
    assert job is not None
    assert not job.decides_repair
    # Nothing is to be found of a training that told nothing, or that goes on elsewhere.
    assert await asks_for_none.last_look([], is_final=False, failure=None) == LastLook()


async def test_a_repair_that_cannot_be_planned_costs_no_finding(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("worker.supervisor.looks.look.repair_of", fail)
    coaching, fence = await at_sixty_percent(workplace, repair=True)
    await store_reference(workplace, 0.93)
    await end(workplace, coaching, fence, SIXTY)
    assert "not_learning" in {one["rule"] for one in await shown(workplace, fence.job_id)}
    assert await in_read(workplace.database, repairs.find, fence.job_id) is None


@pytest.mark.parametrize("reached", [0.93, 0.6, None])
async def test_a_job_that_ends_before_its_reference_is_looked_at_once_more(
    workplace: Workplace, reached: float | None
) -> None:
    coaching, fence = await at_sixty_percent(workplace, repair=True, max_jobs=2)
    await end(workplace, coaching, fence, SIXTY)
    database = workplace.database
    assert not (await in_read(database, findings.read, fence.job_id, DEFAULT_PROJECT)).is_final
    assert [one for one in await shown(workplace, fence.job_id) if one["severity"] != "hint"] == []
    assert await in_read(database, repairs.due, "", 10) == []
    if reached is not None:
        await store_reference(workplace, reached)
        assert await in_read(database, second_looks.due, "", 10) == [fence.job_id]
    # Any number of workers may look.
    await asyncio.gather(*(SecondLooks(database, 2**33).take(fence.job_id) for _ in range(3)))
    assert (await in_read(database, findings.read, fence.job_id, DEFAULT_PROJECT)).is_final
    alarms = [one for one in await shown(workplace, fence.job_id) if one["severity"] != "hint"]
    is_poor = reached == 0.93
    assert ("not_learning" in {one["rule"] for one in alarms}) is is_poor
    assert all(QUOTED in one["explanation"] for one in alarms if one["cause"])
    assert [one["id"] for one in alarms] == [one["id"] for one in await told(workplace, fence.job_id)][: len(alarms)]
    # Without a reference nothing is said for sure, and a repair tries.
    is_repaired = reached != 0.6
    row = await in_read(database, repairs.find, fence.job_id)
    assert (row is not None) is is_repaired
    if row is not None:
        assert len(Plan.of(json.loads(row.plan_json)).candidates) == 2
    job = await in_read(database, jobs.get, fence.job_id, DEFAULT_PROJECT)
    assert job is not None
    assert job.is_repairing is is_repaired
    assert await in_read(database, repairs.due, "", 10) == ([fence.job_id] if is_repaired else [])


async def test_what_the_coach_cannot_look_at_again_keeps_what_was_found(workplace: Workplace) -> None:
    coaching, fence = await at_sixty_percent(workplace, repair=True)
    await end(workplace, coaching, fence, SIXTY)
    before = await shown(workplace, fence.job_id)
    await store_reference(workplace, 0.93)
    async with workplace.database.write() as connection:
        await connection.execute(text("UPDATE jobs SET dataset_facts_json = '[]'"))
    await SecondLooks(workplace.database, 2**33).take(fence.job_id)
    stored = await in_read(workplace.database, findings.read, fence.job_id, DEFAULT_PROJECT)
    assert (stored.is_final, json.loads(stored.findings_json)) == (True, before)
    job = await in_read(workplace.database, jobs.get, fence.job_id, DEFAULT_PROJECT)
    assert job is not None
    assert not job.is_repairing


async def test_what_the_spec_shows_is_replaced_once_the_training_shows_that_it_is_not_so(workplace: Workplace) -> None:
    spec = digits()
    del spec["network"]["layers"][1]["activation"]
    claim = await claimed(workplace, spec)
    fence = Fence(claim.job_id, claim.attempt)
    (of_spec,) = await shown(workplace, claim.job_id)
    assert (of_spec["rule"], of_spec["severity"], of_spec["epoch"]) == ("missing_nonlinearity", "hint", None)
    assert [remedy["technique"] for remedy in of_spec["remedies"]] == ["nonlinearity"]
    coaching = Coaching(claim, workplace, memory_bytes=2**33, rules=[one for one in ALL if one.NAME == "diverged"])
    await begin(workplace, coaching, fence, range(1, 2))
    await end(workplace, coaching, fence, Ending(status=JobStatus.SUCCEEDED))
    assert await shown(workplace, claim.job_id) == []


def test_of_long_trainings_the_first_and_the_last_signals_are_kept() -> None:
    seen = SeenEpochs(most_rows=100)
    for epoch in range(1, 500):
        seen.add(EpochSeen(epoch, {"loss": 1.0}, {"dense": {}, "dense_1": {}}))
    epochs = seen.all()
    assert [epoch.epoch for epoch in epochs] == list(range(1, 500))
    measured = [epoch.epoch for epoch in epochs if epoch.signals]
    assert 60 <= 2 * len(measured) <= 100
    assert (measured[:20], measured[-5:]) == (list(range(1, 21)), list(range(495, 500)))
    seen.add(EpochSeen(10, {"loss": 2.0}))
    assert [epoch.epoch for epoch in seen.all()] == list(range(1, 11))
