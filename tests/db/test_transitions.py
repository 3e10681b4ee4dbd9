import re
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.connections.engine import Database
from db.jobs import events
from db.jobs.transitions import enter
from db.tables.jobs import Job
from spec.states import ENDED, TRANSITIONS, JobStatus
from tests.db.scenes import in_write, read, submit

DRAWING = Path(__file__).resolve().parents[2] / "docs" / "states.md"


def test_the_drawn_states_are_the_coded_ones() -> None:
    arrows = re.findall(r"^\s*(\S+) --> (\S+?)(?::.*)?$", DRAWING.read_text(), re.MULTILINE)
    assert len(arrows) == len(set(arrows))
    drawn = {(source, target) for source, target in arrows if "[*]" not in (source, target)}
    assert drawn == {(source, target) for source, targets in TRANSITIONS.items() for target in targets}
    assert {source for source, target in arrows if target == "[*]"} == ENDED
    assert {target for source, target in arrows if source == "[*]"} == {JobStatus.QUEUED}


def test_the_told_events_are_the_coded_ones_and_every_transition_has_one() -> None:
    rows = re.findall(r"^\| `(\w+\.\w+)` \| ([^|]+) \|", DRAWING.read_text(), re.MULTILINE)
    coded = {value for name, value in vars(events).items() if name.isupper() and isinstance(value, str)}
    assert {name for name, _ in rows} == coded | set(events.ENDED.values())
    told = {tuple(change.split(" → ")) for _, changes in rows for change in changes.split(", ") if " → " in change}
    assert told == {(source, target) for source, targets in TRANSITIONS.items() for target in targets}


@pytest.mark.parametrize("source", JobStatus)
async def test_only_what_may_follow_follows(database: Database, source: JobStatus) -> None:
    for target in JobStatus:
        row = await submit(database)

        async def put(connection: AsyncConnection, job_id: str = row.id) -> None:
            await connection.execute(update(Job).where(Job.id == job_id).values(status=source))

        await in_write(database, put)
        moved = await in_write(database, enter, target, Job.id == row.id, {})
        is_allowed = target in TRANSITIONS[source]
        assert (moved is not None) is is_allowed
        now = await read(database, row.id)
        assert now.status is (target if is_allowed else source)
        assert now.revision == row.revision + is_allowed
        assert (now.ended_at is not None) is (is_allowed and target in ENDED)
