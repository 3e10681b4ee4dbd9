"""However a job's life goes, and wherever its readers are meanwhile, each of them ends with what is true."""

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from api.jobs.timeline import Batch, StreamPosition, batch
from db.attempts import attempts, endings, epochs, histories
from db.attempts.attempts import Fence
from db.connections.engine import Database
from db.jobs import events, jobs
from db.tables.base import DEFAULT_PROJECT
from db.tables.jobs import Event, Job
from spec.states import FailureCode, JobStatus
from tests.db.scenes import claim, in_read, in_write, record, submit


@dataclass(frozen=True)
class Turn:
    """An attempt: epochs it records, who reads then, whether it is asked to pause meanwhile, what is kept of it."""

    epochs: int
    readers: set[int]
    is_asked: bool
    kept_epochs: int


turns = st.builds(Turn, st.integers(0, 4), st.sets(st.integers(0, 2)), st.booleans(), st.integers(0, 8))


@dataclass
class Reader:
    """A client that keeps what it was sent, and forgets epochs as the start of an attempt says."""

    page_rows: int
    place: StreamPosition = field(default_factory=StreamPosition)
    events: list[int] = field(default_factory=list)
    epochs: list[tuple[int, int]] = field(default_factory=list)

    async def read(self, database: Database, job_id: str) -> Batch:
        """One batch."""
        # Only an id that was sent is kept, as text: no more than that survives a connection.
        place = StreamPosition.parse(str(self.place))
        history = await in_read(database, histories.page_after, job_id, place.event_id, place.epoch, self.page_rows)
        got = batch(history, place, self.page_rows)
        for part in got.text.decode().split("\n\n")[:-1]:
            fields = dict(line.split(": ", 1) for line in part.split("\n"))
            self._hear(fields["event"], json.loads(fields["data"]))
            self.place = StreamPosition.parse(fields["id"])
        assert self.place == got.place
        return got

    def _hear(self, event_type: str, data: dict[str, Any]) -> None:
        if event_type == "epoch":
            assert data["epoch"] == len(self.epochs) + 1, "without a gap"
            self.epochs.append((data["attempt"], data["epoch"]))
            return
        self.events.append(int(data["id"]))
        if event_type == events.STARTED:
            del self.epochs[data["data"]["from_epoch"] :]


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(life=st.lists(turns, min_size=1, max_size=6), sizes=st.tuples(*[st.integers(1, 5)] * 3))
async def test_readers_end_with_what_is_true(database: Database, life: list[Turn], sizes: tuple[int, int, int]) -> None:
    async with database.write() as connection:  # what the examples before left in the queue
        await connection.execute(update(Job).where(Job.status == "queued").values(status=JobStatus.CANCELLED))
    readers = [Reader(size) for size in sizes]
    job_id = (await submit(database, max_attempts=100)).id
    fence, done = await take(database, from_epoch=0), 0
    for turn in life:
        if turn.epochs:
            await record(database, fence, *range(done + 1, done + turn.epochs + 1))
            done += turn.epochs
        if turn.is_asked:
            await in_write(database, jobs.request_pause, job_id, DEFAULT_PROJECT)
            await in_write(database, jobs.request_resume, job_id, DEFAULT_PROJECT)
        for index in turn.readers:
            await readers[index].read(database, job_id)
        await in_write(database, endings.fail_or_requeue, fence, FailureCode.WORKER_LOST, "lost")
        done = min(done, turn.kept_epochs)
        fence = await take(database, from_epoch=done)
    await in_write(database, endings.finish, fence, endings.Ending(status=JobStatus.SUCCEEDED))
    stored = [row.epoch for row in await in_read(database, epochs.page, job_id, 0, 1000)]
    async with database.read() as connection:
        ids = list(await connection.scalars(select(Event.number).where(Event.job_id == job_id).order_by(Event.number)))
    for reader in [*readers, Reader(1), Reader(1000)]:
        while not (got := await reader.read(database, job_id)).has_ended:
            assert not got.is_last
        assert reader.events == ids
        assert [epoch for _, epoch in reader.epochs] == stored == list(range(1, done + 1))
        assert (await reader.read(database, job_id)).text == b""


def test_a_place_of_a_former_release_is_the_beginning() -> None:
    """It counted events over all jobs, and nobody knows any more which of this one's it was."""
    assert StreamPosition.parse(str(StreamPosition(12, 7))) == StreamPosition(12, 7)
    assert StreamPosition.parse("4711-7") == StreamPosition.parse("3-0") == StreamPosition()


async def take(database: Database, *, from_epoch: int) -> Fence:
    """The next attempt, started."""
    fence = await claim(database)
    await in_write(database, attempts.record_started, fence, epochs=100, from_epoch=from_epoch)
    return fence
