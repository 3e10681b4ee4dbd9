"""Projects take turns, and the places told are those that claims then take."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.connections.engine import Database
from db.jobs import jobs
from db.projects import quotas
from db.projects.quotas import Quotas
from db.queue import claims, positions, views
from db.tables.projects import Project
from spec.states import JobStatus
from tests.db.scenes import CPU, draft, in_write, submit

PROJECTS = ("default", "blue", "red")
SLOTS = {"cpu": ("cpu",), "gpu": ("gpu",), "any": ("cpu", "gpu")}
"""What a slot has, by the accelerator that only the jobs it can run may ask for."""


@dataclass(frozen=True)
class Plan:
    """A queue, and what was claimed before it was looked at: a slot each."""

    jobs: list[tuple[str, int, str]]
    claimed_before: list[str]
    added_later: list[tuple[str, int, str]]
    quotas: dict[str, int]
    """Running jobs of projects that have a quota of their own."""
    most_running: int | None
    """Of the others."""


a_job = st.tuples(st.sampled_from(PROJECTS), st.integers(-1, 1), st.sampled_from(["any", "any", "cpu", "gpu"]))
plans = st.builds(
    Plan,
    st.lists(a_job, min_size=1, max_size=10),
    st.lists(st.sampled_from(sorted(SLOTS)), max_size=5),
    st.lists(a_job, max_size=4),
    st.one_of(st.just({}), st.dictionaries(st.sampled_from(PROJECTS), st.integers(0, 4))),
    st.one_of(st.none(), st.integers(0, 4)),
)


async def make_projects(connection: AsyncConnection) -> None:
    await connection.execute(insert(Project), [{"id": name} for name in PROJECTS[1:]])


async def take(connection: AsyncConnection, slot: str, most_running: int | None) -> str | None:
    claim = await claims.claim_next(connection, "worker_1", 0, SLOTS[slot], 600, most_running=most_running)
    return None if claim is None else claim.job_id


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(plan=plans, slot=st.sampled_from(sorted(SLOTS)))
async def test_places_are_the_order_in_which_slots_of_a_kind_claim(database: Database, plan: Plan, slot: str) -> None:
    async with database.write() as connection:
        await make_projects(connection)
        for project, priority, accelerator in plan.jobs:
            await jobs.create(connection, draft(project=project, priority=priority, accelerator=accelerator))
        for earlier in plan.claimed_before:
            await take(connection, earlier, None)
        for project, most in plan.quotas.items():
            assert await quotas.change(connection, project, Quotas(jobs_running=most))
        for project, priority, accelerator in plan.added_later:
            await jobs.create(connection, draft(project=project, priority=priority, accelerator=accelerator))
        rows = [row for name in PROJECTS for row in await jobs.list_page(connection, name, jobs.JobFilter(), 100)]
        places = await positions.queue_positions(connection, [row.id for row in rows], plan.most_running)
        assert {row.id for row in rows if row.status == "queued"} == set(places)
        for row in rows:
            assert await positions.queue_position(connection, row.id, plan.most_running) == places.get(row.id)
        view = await views.taken(connection, plan.most_running)
        # So short a queue is known job by job.
        assert {row.id: view.place(row) for row in rows if row.status is JobStatus.QUEUED} == places
        waits_for = {row.id for row in rows if row.accelerator == slot}
        place = 1
        while (job_id := await take(connection, slot, plan.most_running)) is not None:
            if job_id in waits_for:
                waits_for.remove(job_id)
                assert places[job_id] == place
                assert await positions.queue_position(connection, job_id) is None
            place += 1
        # Those that wait for others to end stand behind, each in a place of its own.
        held = sorted(places[row_id] for row_id in waits_for if row_id in places)
        assert all(other >= place for other in held)
        assert len(set(held)) == len(held)
        for project in PROJECTS:
            load = await quotas.load_of(connection, project)
            most = plan.quotas.get(project, plan.most_running)
            assert most is None or load.jobs_running <= max(most, len(plan.claimed_before))
        await connection.rollback()


async def test_the_project_with_the_fewest_running_jobs_is_next_then_the_one_served_longest_ago(
    database: Database,
) -> None:
    async with database.write() as connection:
        await make_projects(connection)
    owners = {(await submit(database, project=owner)).id: owner for owner in ["default"] * 5 + ["blue"] * 2 + ["red"]}

    async def serve() -> str:
        return owners[(await in_write(database, claims.claim_next, "worker_1", 0, CPU, 600)).job_id]

    assert [await serve() for _ in range(3)] == ["blue", "default", "red"]
    # All have one running job now; red has none left in the queue.
    owners[(await submit(database, project="red", priority=-9)).id] = "red"
    assert [await serve() for _ in range(6)] == ["blue", "default", "red", "default", "default", "default"]


async def test_priority_counts_within_a_project_only(database: Database) -> None:
    async with database.write() as connection:
        await make_projects(connection)
    urgent = [(await submit(database, priority=9)).id for _ in range(3)]
    modest = (await submit(database, project="blue", priority=-9)).id
    order = [(await in_write(database, claims.claim_next, "worker_1", 0, CPU, 600)).job_id for _ in range(4)]
    assert order == [modest, *urgent]


async def test_claims_at_once_take_turns_too(database: Database) -> None:
    async with database.write() as connection:
        await make_projects(connection)
    owners = {(await submit(database, project=owner)).id: owner for owner in ["default"] * 8 + ["blue"] * 8 + ["red"]}
    taken = await asyncio.gather(
        *(in_write(database, claims.claim_next, f"worker_{number}", 0, CPU, 600) for number in range(8))
    )
    served = Counter(owners[claim.job_id] for claim in taken)
    assert served["red"] == 1
    assert sorted(served.values()) == [1, 3, 4]


async def test_a_project_whose_jobs_are_locked_holds_up_no_other(postgres_url: str) -> None:
    database = Database(postgres_url)
    async with database.write() as connection:
        await make_projects(connection)
    locked, free = await submit(database, project="blue"), await submit(database)
    async with database.write() as stuck:
        await jobs.request_cancel(stuck, locked.id, "blue")
        claim = await asyncio.wait_for(in_write(database, claims.claim_next, "worker_1", 0, CPU, 600), 5)
        assert claim is not None
        assert claim.job_id == free.id
        # New jobs of a project can be made while a claim of it is open, and the other way round.
        async with database.write() as claiming:
            await jobs.create(claiming, draft(project="red"))
            await asyncio.wait_for(submit(database, project="red"), 5)
            taken = await asyncio.wait_for(in_write(database, claims.claim_next, "worker_1", 0, CPU, 600), 5)
            assert taken is not None
            await asyncio.wait_for(submit(database, project="red"), 5)
    await database.close()
