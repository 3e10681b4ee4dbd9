"""Jobs that ended without a trainer: their weights are made of their newest checkpoint before it is removed."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from db.attempts import artifacts, checkpoints, endings, salvages
from db.attempts.artifacts import ArtifactRow
from db.attempts.attempts import Fence
from db.attempts.checkpoints import NewCheckpoint
from db.attempts.endings import Ending, NewArtifact
from db.attempts.salvages import NO_ATTEMPT
from db.connections.engine import Database
from db.jobs import jobs, leftovers, removals
from db.tables.base import DEFAULT_PROJECT
from settings import WorkerSettings
from spec.states import FailureCode, JobStatus
from spec.weights.stored import BEST_WEIGHTS_FILE, WEIGHTS_FILE
from storage.store import Store
from tests.db.scenes import claim, in_read, in_write, submit
from worker.supervisor.attempts.work_dirs import WorkDirs
from worker.supervisor.upkeep import salvaging
from worker.supervisor.upkeep.salvaging import Interrupted
from worker.supervisor.upkeep.sweeping import sweep_deleted_job, sweep_ended_job
from worker.supervisor.workplace import Workplace
from worker.trainer.checkpoints.files import Header, Names, Snapshot, form_of, write

NAMES = Names(
    keys=["dense/kernel", "@optimizer/iterations"],
    layers=[("dense", "Dense")],
    rate_places=[],
    learning_rate=0.1,
    results={"model_summary": {"layers": []}, "environment": {"seed": 7}},
)
METRICS = {"loss": 0.5, "val_loss": 0.25}
SUMMARY = {"model_summary": {"layers": []}, "environment": {"seed": 7}}


@pytest.fixture
async def place(database_url: str, tmp_path: Path) -> AsyncIterator[Workplace]:
    settings = WorkerSettings(home=tmp_path, database_url=database_url)
    database = Database(database_url)
    yield Workplace("worker_1", settings, database, Store(f"file://{tmp_path}/storage"), WorkDirs(tmp_path, "worker_1"))
    assert not [path for path in (tmp_path / "work" / "worker_1").iterdir() if path.is_dir()]
    await database.close()


def checkpoint(folder: Path, epoch: int, names: Names | None = NAMES) -> Path:
    """A checkpoint after some epochs, of which the first was the best."""
    arrays = [np.full((2, 3), epoch, "float32"), np.array(10 * epoch), np.ones((2, 3), "float32")]
    header = Header(
        identity={},
        epoch=epoch,
        step=0,
        logs=None,
        epoch_seconds=None,
        first_step_seconds=0.5,
        evaluation_seconds=0.0,
        non_finite_loss=None,
        is_to_stop=False,
        timings={},
        callbacks=[],
        forms=[form_of(array) for array in arrays],
        best=(1, METRICS["val_loss"]),
        names=names,
    )
    rows = b"".join(json.dumps([number, METRICS, 1.0]).encode() + b"\n" for number in range(1, epoch + 1))
    write(Snapshot(header, rows, arrays), folder / "made.npz")
    return folder / "made.npz"


async def interrupted(place: Workplace, epochs: Sequence[int], names: Names | None = NAMES) -> Fence:
    """A running job with these checkpoints."""
    await submit(place.database, max_attempts=1)
    fence = await claim(place.database)
    for epoch in epochs:
        key = f"checkpoints/{fence.job_id}/1/{epoch}.npz"
        file = place.store.put(key, checkpoint(place.settings.home, epoch, names))
        new = NewCheckpoint(epoch=epoch, step=0, key=key, size_bytes=file.size_bytes, sha256=file.sha256)
        await in_write(place.database, checkpoints.record, fence, new, keep=2)
    return fence


async def exhausted(place: Workplace, epochs: Sequence[int], names: Names | None = NAMES) -> str:
    """A job that failed since its trainer was killed, with these checkpoints."""
    fence = await interrupted(place, epochs, names)
    await in_write(place.database, endings.fail_or_requeue, fence, FailureCode.WORKER_LOST, "Killed.")
    return fence.job_id


async def swept(place: Workplace) -> None:
    """All that ended is cleared up after, and nothing but artifacts is left of it."""
    for job in await in_read(place.database, leftovers.of_ended_jobs, 10):
        await sweep_ended_job(place, job)
    assert await in_read(place.database, leftovers.of_ended_jobs, 10) == []
    assert list(place.store.list("checkpoints")) == []


async def left(place: Workplace, job_id: str) -> tuple[dict[str, ArtifactRow], dict[str, Any]]:
    """The job's artifacts by name, just as they lie in the storage, and its results."""
    rows = {row.name: row for row in await in_read(place.database, artifacts.list_for, job_id)}
    assert {entry.key for entry in place.store.list(f"jobs/{job_id}")} == {row.key for row in rows.values()}
    for row in rows.values():
        assert place.store.size(row.key) == row.size_bytes
    found = await in_read(place.database, jobs.get_with_results, job_id, DEFAULT_PROJECT)
    assert found is not None
    return rows, json.loads(found[1] or "{}")


def arrays_of(place: Workplace, row: ArtifactRow) -> dict[str, np.ndarray]:
    path = place.store.local_path(row.key)
    assert path is not None
    return load_file(path)


async def test_a_job_whose_attempts_were_all_lost_leaves_its_weights(place: Workplace) -> None:
    job_id = await exhausted(place, [2, 3])
    before = await in_read(place.database, jobs.get, job_id, DEFAULT_PROJECT)
    assert before is not None
    await swept(place)
    files, results = await left(place, job_id)
    assert {name: (row.attempt, row.media_type) for name, row in files.items()} == dict.fromkeys(
        (BEST_WEIGHTS_FILE, WEIGHTS_FILE), (NO_ATTEMPT, "application/octet-stream")
    )
    assert arrays_of(place, files[WEIGHTS_FILE])["dense/kernel"].max() == 3
    assert arrays_of(place, files[WEIGHTS_FILE])["@optimizer/iterations"] == 30
    assert arrays_of(place, files[BEST_WEIGHTS_FILE])["dense/kernel"].max() == 1
    assert results == {
        **SUMMARY,
        "epochs_run": 3,
        "final_metrics": METRICS,
        "best_epoch": 1,
        "best_metrics": METRICS,
        "best_monitor": "val_loss",
        "best_weights": {"epoch": 1, "artifact": BEST_WEIGHTS_FILE},
        "stored_weights": {"origin": "last", "epoch": 3, "is_averaged": False},
        "can_be_continued": True,
    }
    job = await in_read(place.database, jobs.get, job_id, DEFAULT_PROJECT)
    assert job is not None
    assert (job.status, job.error_message, job.revision) == (JobStatus.FAILED, "Killed.", before.revision + 1)


async def test_of_a_broken_checkpoint_the_one_before_counts(place: Workplace) -> None:
    job_id = await exhausted(place, [2, 3])
    newest = place.store.local_path(f"checkpoints/{job_id}/1/3.npz")
    assert newest is not None
    newest.write_bytes(newest.read_bytes()[:-1] + b"?")
    await swept(place)
    files, results = await left(place, job_id)
    assert (files[WEIGHTS_FILE].attempt, results["epochs_run"]) == (NO_ATTEMPT, 2)
    assert arrays_of(place, files[WEIGHTS_FILE])["dense/kernel"].max() == 2


async def test_of_a_former_version_a_checkpoint_goes_as_ever(place: Workplace) -> None:
    job_id = await exhausted(place, [2], names=None)
    await swept(place)
    assert await left(place, job_id) == ({}, {})


async def test_what_a_trainer_has_stored_is_not_made_again(place: Workplace) -> None:
    fence = await interrupted(place, [2])
    (place.settings.home / "file").write_bytes(b"weights")
    key = f"jobs/{fence.job_id}/1/{WEIGHTS_FILE}"
    file = place.store.put(key, place.settings.home / "file")
    artifact = NewArtifact(WEIGHTS_FILE, key, "application/octet-stream", file.size_bytes, file.sha256)
    ending = Ending(status=JobStatus.CANCELLED, results={"epochs_run": 5}, artifacts=[artifact])
    await in_write(place.database, endings.finish, fence, ending)
    await swept(place)
    files, results = await left(place, fence.job_id)
    assert ([row.key for row in files.values()], results) == ([key], {"epochs_run": 5})


async def test_a_trainer_that_could_not_store_them_is_helped_out(place: Workplace) -> None:
    fence = await interrupted(place, [2])
    ending = Ending(status=JobStatus.FAILED, results={"epochs_run": 0, "timings": {"total_seconds": 9.0}})
    await in_write(place.database, endings.finish, fence, ending)
    await swept(place)
    files, results = await left(place, fence.job_id)
    assert files[WEIGHTS_FILE].attempt == NO_ATTEMPT
    assert (results["epochs_run"], results["timings"]) == (2, {"total_seconds": 9.0})


class Died(Exception):
    """The sweeper is no more."""


async def test_a_sweeper_that_dies_before_it_commits_leaves_nothing(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await exhausted(place, [2, 3])
    with monkeypatch.context() as patched:
        patched.setattr(salvages, "record", _raising(Died))
        with pytest.raises(Died):
            await swept(place)
    assert len(list(place.store.list(f"jobs/{job_id}"))) == 2
    assert len(list(place.store.list("checkpoints"))) == 2
    # Another version may write other bytes.
    place.store.put(f"jobs/{job_id}/{NO_ATTEMPT}/other/{WEIGHTS_FILE}", checkpoint(place.settings.home, 1))
    await swept(place)
    files, results = await left(place, job_id)
    assert (len(files), results["epochs_run"]) == (2, 3)


async def test_a_commit_of_unknown_outcome_can_be_repeated_and_no_other_follows(place: Workplace) -> None:
    job_id = await exhausted(place, [2, 3])
    (first,) = [NewArtifact(WEIGHTS_FILE, f"jobs/{job_id}/0/a/w", "application/octet-stream", 1, "aa")]
    other = NewArtifact(WEIGHTS_FILE, f"jobs/{job_id}/0/b/w", "application/octet-stream", 1, "bb")
    mine, others = (salvages.Salvage([one], {"epochs_run": 3}) for one in (first, other))
    assert [await in_write(place.database, salvages.record, job_id, one) for one in (mine, mine, others)] == [
        True,
        True,
        False,
    ]
    assert await in_read(place.database, salvages.keys_of, job_id) == {first.key}


async def test_two_sweepers_at_once_leave_one_file_of_each_name(place: Workplace) -> None:
    job_id = await exhausted(place, [2, 3])
    (job,) = await in_read(place.database, leftovers.of_ended_jobs, 10)
    await asyncio.gather(*(sweep_ended_job(place, job) for _ in range(2)))
    await swept(place)
    files, results = await left(place, job_id)
    assert (len(files), results["epochs_run"]) == (2, 3)


async def test_a_job_that_is_deleted_meanwhile_gets_nothing(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = await exhausted(place, [2, 3])
    converted = salvaging._converted

    async def converted_and_deleted(*said: Any) -> Any:  # noqa: ANN401
        made = await converted(*said)
        await in_write(place.database, removals.delete_job, job_id, DEFAULT_PROJECT)
        return made

    monkeypatch.setattr(salvaging, "_converted", converted_and_deleted)
    await swept(place)
    assert list(place.store.list(f"jobs/{job_id}")) == []
    (removed,) = await in_read(place.database, removals.pending, 10)
    await sweep_deleted_job(place, removed)


async def test_a_process_that_is_killed_is_no_word_about_the_checkpoint(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    job_id = await exhausted(place, [2])
    killed = tmp_path / "killed"
    killed.write_text("#!/bin/sh\nkill -TERM $$\n")
    killed.chmod(0o700)
    with monkeypatch.context() as patched:
        patched.setattr(salvaging.sys, "executable", str(killed))
        with pytest.raises(Interrupted):
            await swept(place)
    await swept(place)
    files, _ = await left(place, job_id)
    assert WEIGHTS_FILE in files


def _raising(error: type[Exception]) -> Callable[..., Any]:
    async def fail(*_: object) -> None:
        raise error

    return fail
