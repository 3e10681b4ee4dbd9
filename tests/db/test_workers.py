import asyncio

from db.connections.engine import Database
from db.workers import workers
from db.workers.workers import NewWorker
from spec.ids import new_id
from tests.db.scenes import in_read, in_write


def begin() -> NewWorker:
    """A worker that begins."""
    return NewWorker(id=new_id("worker"), hostname="node-1", pid=4711, accelerators=["cpu", "gpu"], slots=2)


async def test_a_worker_is_known_from_its_registration_on(database: Database) -> None:
    worker = begin()
    await in_write(database, workers.register, worker)
    (row,) = await in_read(database, workers.list_all, 30)
    assert (row.id, row.hostname, row.pid, row.accelerators, row.slots) == (
        worker.id,
        "node-1",
        4711,
        ["cpu", "gpu"],
        2,
    )
    assert (row.busy, row.versions, row.devices, row.state, row.is_alive) == (0, {}, [], "starting", True)

    await in_write(
        database, workers.heartbeat, worker.id, busy=1, state="ready", versions={"keras": "3"}, devices=["CPU:0"]
    )
    await in_write(database, workers.heartbeat, worker.id, busy=2, state="ready")
    (now,) = await in_read(database, workers.list_all, 30)
    assert (now.busy, now.versions, now.devices, now.state) == (2, {"keras": "3"}, ["CPU:0"], "ready")
    assert now.started_at == row.started_at
    assert now.heartbeat_at > row.heartbeat_at

    await in_write(database, workers.register, worker)
    assert len(await in_read(database, workers.list_all, 30)) == 1
    await in_write(database, workers.remove, worker.id)
    await in_write(database, workers.remove, worker.id)
    assert await in_read(database, workers.list_all, 30) == []


async def test_a_worker_forgotten_meanwhile_is_told_so(database: Database) -> None:
    worker = begin()
    assert await in_write(database, workers.heartbeat, worker.id, busy=0, state="ready") is False
    await in_write(database, workers.register, worker)
    assert await in_write(database, workers.heartbeat, worker.id, busy=0, state="ready") is True


async def test_silent_workers_are_dead_and_then_forgotten(database: Database) -> None:
    silent, beating = begin(), begin()
    for worker in (silent, beating):
        await in_write(database, workers.register, worker)
    await asyncio.sleep(0.3)
    await in_write(database, workers.heartbeat, beating.id, busy=0, state="ready")
    alive = {row.id: row.is_alive for row in await in_read(database, workers.list_all, 0.2)}
    assert alive == {silent.id: False, beating.id: True}
    assert await in_read(database, workers.count_alive, 0.2) == 1
    assert await in_read(database, workers.count_alive, 60) == 2
    assert await in_write(database, workers.remove_silent, 0.2) == [silent.id]
    assert [row.id for row in await in_read(database, workers.list_all, 60)] == [beating.id]


async def test_a_worker_is_alive_for_as_long_as_its_own_lease(database: Database) -> None:
    hasty = NewWorker(id=new_id("worker"), hostname="a", pid=1, accelerators=["cpu"], slots=1, lease_seconds=0.2)
    patient = NewWorker(id=new_id("worker"), hostname="b", pid=1, accelerators=["cpu"], slots=1, lease_seconds=60)
    for worker in (hasty, patient):
        await in_write(database, workers.register, worker)
    assert await in_read(database, workers.count_alive) == 2
    await asyncio.sleep(0.4)
    assert {row.id: row.is_alive for row in await in_read(database, workers.list_all)} == {
        hasty.id: False,
        patient.id: True,
    }
    assert await in_read(database, workers.count_alive) == 1
