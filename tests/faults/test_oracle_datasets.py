"""The oracle's look at data sets, uploads and the storage turns red on what somebody has tampered with."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from db.attempts import endings
from db.attempts.attempts import Fence
from db.attempts.endings import Ending
from db.datasets import stray_files
from db.queue import claims
from spec.kinds import READ
from spec.states import JobStatus
from tests.data.senders import add, upload
from tests.faults import audit, datasets, oracle
from tests.faults.conftest import open_stage
from tests.faults.kept_files import judge_files
from tests.faults.oracle import judge
from tests.faults.servers import HardRedis
from tests.faults.stage import Stage
from tests.faults.test_races import claimed

_RESULTS = {"format": "csv", "rows": 1, "facts": {"columns": [], "rows": 1}}


@pytest.fixture(scope="module", params=[pytest.param("sqlite", marks=pytest.mark.long), "postgresql"])
async def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, hard_redis: HardRedis
) -> AsyncIterator[Stage]:
    """A stage with an API, on each database, with a data set that was read and an upload of two parts."""
    postgres = None if request.param == "sqlite" else request.getfixturevalue("hard_postgres")
    async with open_stage(tmp_path_factory.mktemp("scene"), hard_redis, postgres) as opened:
        await opened.start_api()
        await datasets.create(opened, b"a\n1\n")
        async with opened.database.write() as connection:
            claim = await claims.claim_next(connection, "worker_of_the_test", 0, [READ], 600)
            assert claim is not None
            ending = Ending(status=JobStatus.SUCCEEDED, results=_RESULTS)
            await endings.finish(connection, Fence(claim.job_id, claim.attempt), ending)
        path = await upload(opened.client.http, 8)
        for first in (0, 2):
            assert (await add(opened.client.http, path, first, b"ab")).status_code == 204
        yield opened


TAMPERINGS = {
    "a data set is lost": ("L", "UPDATE datasets SET id = 'ds_other'", "UPDATE datasets SET id = '{id}'"),
    "it is not as its reading": (
        "D",
        "UPDATE datasets SET status = 'failed'",
        "UPDATE datasets SET status = 'ready'",
    ),
    "its facts are others": (
        "D",
        "UPDATE datasets SET facts_json = '[]'",
        "UPDATE datasets SET facts_json = '{{}}'",
    ),
    "it tells nothing of its columns": (
        "D",
        "UPDATE datasets SET columns_json = NULL",
        "UPDATE datasets SET columns_json = '[]'",
    ),
    "its file is another": (
        "O",
        "UPDATE blobs SET key = key || 'other'",
        "UPDATE blobs SET key = substr(key, 1, length(key) - 5)",
    ),
    "an upload goes back": (
        "F",
        "UPDATE uploads SET offset_bytes = 2",
        "UPDATE uploads SET offset_bytes = 4",
    ),
    "an upload has a gap": (
        "D",
        "UPDATE upload_parts SET first_byte = 3 WHERE first_byte = 2",
        "UPDATE upload_parts SET first_byte = 2 WHERE first_byte = 3",
    ),
}


async def test_nothing_is_found_where_nothing_is_wrong(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "_TIDY_SECONDS", 0.0)
    assert await judge(stage, within_seconds=0) == []


@pytest.mark.parametrize("what", TAMPERINGS)
async def test_each_letter_can_turn_red(stage: Stage, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "_TIDY_SECONDS", 0.0)
    letter, tamper, mend = TAMPERINGS[what]
    (dataset_id,) = stage.client.datasets
    await stage.execute(tamper)
    try:
        found = await judge(stage, within_seconds=0)
    finally:
        await stage.execute(mend.format(id=dataset_id))
        await stage.execute("DELETE FROM fault_audit")
    assert letter in {line[0] for line in found}, found


async def leave_a_file(_: Stage, folder: Path) -> str:
    """Which nobody knows of."""
    (folder / "other").write_bytes(b"a")
    return f"O: the file {folder.name}/other is left"


async def leave_an_unfinished_file(_: Stage, folder: Path) -> str:
    """Which a dead process wrote."""
    (folder / ".other.part").write_bytes(b"a")
    return f"O: the unfinished file {folder.name}/.other.part is left"


async def leave_a_stray(stage: Stage, folder: Path) -> str:
    """Which is due, and not removed."""
    (folder / "other").write_bytes(b"a")
    async with stage.database.write() as connection:
        await stray_files.let_go(connection, f"{folder.name}/other")
    return f"O: the file {folder.name}/other is left"


@pytest.mark.parametrize("leave", [leave_a_file, leave_an_unfinished_file, leave_a_stray])
async def test_every_file_is_known(stage: Stage, leave: Callable[[Stage, Path], Awaitable[str]]) -> None:
    folder = stage.home / "storage" / "blobs"
    before = set(folder.iterdir())
    line = await leave(stage, folder)
    assert await judge_files(stage.database, folder.parent) == [line]
    for path in set(folder.iterdir()) - before:
        path.unlink()
    await stage.execute("DELETE FROM stray_files")


async def test_a_file_may_wait_to_be_referred_to(stage: Stage) -> None:
    path = stage.home / "storage" / "blobs" / "waiting"
    path.write_bytes(b"a")
    async with stage.database.write() as connection:
        await stray_files.await_reference(connection, "blobs/waiting")
    assert await judge_files(stage.database, stage.home / "storage") == []
    path.unlink()
    await stage.execute("DELETE FROM stray_files")


async def test_what_is_referred_to_is_not_to_be_removed(stage: Stage) -> None:
    key = await stage.scalar("SELECT key FROM blobs")
    async with stage.database.write() as connection:
        await stray_files.let_go(connection, key)
    assert f"O: {key}: is to be removed, and is referred to" in await audit.noted(stage.database)
    for table in ("stray_files", "fault_audit"):
        await stage.execute(f"DELETE FROM {table}")  # noqa: S608 -- named here


async def test_late_signals_are_seen(stage: Stage) -> None:
    (fence,) = await claimed(stage, 1, lease_seconds=3600)
    await stage.execute("UPDATE jobs SET attempt = 2 WHERE id = :id", id=fence.job_id)
    late = "INSERT INTO epoch_signals (job_id, epoch, signals_json) VALUES (:id, 1, '{}')"
    await stage.execute(late, id=fence.job_id)
    told = [line for line in await audit.noted(stage.database) if "epoch_signals" in line]
    assert told == [f"F: {fence.job_id}: attempt 1 wrote into epoch_signals when the latest was 2"]
    await stage.execute("DELETE FROM fault_audit")
    await stage.execute("DELETE FROM jobs WHERE id = :id", id=fence.job_id)
