"""Pages of a filtered list hold what was there when the walk began, once, whatever is added meanwhile."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.connections.engine import Database
from db.jobs import jobs
from db.jobs.jobs import JobFilter, JobRow
from db.tables.projects import Project
from spec.ids import new_id
from spec.states import JobStatus
from tests.db.scenes import draft

kinds = st.fixed_dictionaries(
    {
        "name": st.sampled_from([None, "a", "b"]),
        "dataset": st.sampled_from(["digits", "iris"]),
        "sweep": st.sampled_from([None, "sweep_1"]),
        "metadata": st.dictionaries(st.sampled_from(["k", "l"]), st.sampled_from(["1", "2"])),
    }
)
filters = st.builds(
    JobFilter,
    status=st.sampled_from(
        [(), (), (JobStatus.QUEUED,), (JobStatus.CANCELLED,), (JobStatus.QUEUED, JobStatus.CANCELLED)]
    ),
    name=st.sampled_from([None, None, "a"]),
    dataset=st.sampled_from([None, "digits"]),
    sweep=st.sampled_from([None, None, "sweep_1"]),
    metadata=st.dictionaries(st.sampled_from(["k", "l"]), st.sampled_from(["1", "2"])),
)


def is_meant(row: JobRow, metadata: dict[str, str], wanted: JobFilter) -> bool:
    if wanted.status and row.status not in wanted.status:
        return False
    return all(getattr(wanted, name) in {None, getattr(row, name)} for name in ("name", "dataset", "sweep")) and all(
        metadata.get(key) == value for key, value in wanted.metadata.items()
    )


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    made=st.lists(st.tuples(kinds, st.booleans()), max_size=12),
    added=st.lists(kinds, min_size=1, max_size=3),
    wanted=filters,
    limit=st.integers(1, 4),
)
async def test_a_walk_through_the_pages_repeats_and_leaves_out_nothing(
    database: Database,
    made: list[tuple[dict[str, object], bool]],
    added: list[dict[str, object]],
    wanted: JobFilter,
    limit: int,
) -> None:
    async with database.write() as connection:
        project = new_id("key")  # one of its own for each example
        await connection.execute(insert(Project).values(id=project))
        meant: list[str] = []
        for kind, is_cancelled in made:
            row = await make(connection, project, kind)
            if is_cancelled:
                row = await jobs.request_cancel(connection, row.id, project)
            if is_meant(row, dict(kind["metadata"]), wanted):
                meant.append(row.id)
        seen: list[str] = []
        while page := await jobs.list_page(connection, project, wanted, limit, seen[-1] if seen else None):
            seen += [row.id for row in page]
            for kind in added:
                await make(connection, project, kind)
    assert seen == sorted(meant, reverse=True)


async def make(connection: AsyncConnection, project: str, kind: dict[str, object]) -> JobRow:
    return await jobs.create(connection, draft(project=project, **kind))
