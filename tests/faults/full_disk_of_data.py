"""``python -m tests.faults.full_disk_of_data FOLDER SEED``: row 37, within a namespace that has two small disks.

The storage and the folders of workers are on disks of their own, at FOLDER/home/storage and FOLDER/home/work, which are
filled while files are sent, put together, read, and stored again. Prints what was found, as a list a try, as JSON. All
of it runs in here, for nobody outside sees the disks.
"""

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Awaitable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.data.senders import add, offset_of, send, upload
from tests.faults import datasets
from tests.faults.kept_files import judge_files
from tests.faults.oracle import judge
from tests.faults.servers import HardRedis
from tests.faults.stage import Stage

_TRIES = 3
_MEBIBYTE = 2**20
_SETTLE_SECONDS = 60.0
_FULL = httpx.codes.INSUFFICIENT_STORAGE


def main(folder: Path, seed: int) -> list[list[str]]:
    """What was found, try by try."""
    redis = HardRedis()
    try:
        redis.start()
        return asyncio.run(_play(folder, redis, random.Random(seed)))  # noqa: S311 -- it has to be repeatable
    finally:
        redis.close()


async def _play(folder: Path, redis: HardRedis, rng: random.Random) -> list[list[str]]:
    stage = await Stage.open(folder, redis=redis, postgres=None)
    try:
        await stage.start_api()
        await stage.start_worker()
        found: list[list[str]] = []
        for _ in range(_TRIES):
            acts = (_send_form, _send_part, _put_together, _read, _store)
            violations = [line for act in acts for line in await act(stage, rng)]
            violations += await judge(stage, within_seconds=60)
            if not all(program.is_running for program in stage.programs):
                violations.append(f"P: a program has ended: {stage.said()}")
            found.append(violations)
        return found
    finally:
        await stage.close()


async def _send_form(stage: Stage, rng: random.Random) -> list[str]:
    """A file of a form does not fit: nothing of it is left."""
    content = datasets.table(rng.randrange(1000), 5)
    await _settle(stage)
    with _only(stage.home / "storage", rng.randrange(4 * _MEBIBYTE)):
        answer = await send(stage.client.http, content)
        violations = [*_judge_full("a form", answer), *await _judge_left(stage)]
    return [*violations, *await _insist(stage, send(stage.client.http, content))]


async def _send_part(stage: Stage, rng: random.Random) -> list[str]:
    """A part of an upload does not fit: the upload stays where it was, and goes on when there is room."""
    http, content = stage.client.http, datasets.table(rng.randrange(1000), 6)
    path = await upload(http, len(content))
    await _settle(stage)
    with _only(stage.home / "storage", 2 * _MEBIBYTE):
        first = await add(http, path, 0, content[:_MEBIBYTE])
        answer = await add(http, path, _MEBIBYTE, content[_MEBIBYTE:])
        violations = [*_judge_full("a part", answer), *await _judge_left(stage)]
        if (first.status_code, await offset_of(http, path)) != (httpx.codes.NO_CONTENT, _MEBIBYTE):
            violations.append(f"P: the part before was answered {first.status_code}")
    answer = await add(http, path, _MEBIBYTE, content[_MEBIBYTE:])
    if answer.status_code != httpx.codes.NO_CONTENT:
        violations.append(f"P: with room a part was answered {answer.status_code}: {answer.text}")
    return [*violations, *await _insist(stage, _use(stage, path))]


async def _put_together(stage: Stage, rng: random.Random) -> list[str]:
    """The parts of an upload do not fit once more: the upload stays."""
    http, content = stage.client.http, datasets.table(rng.randrange(1000), 6)
    path = await upload(http, len(content))
    for first in range(0, len(content), 2 * _MEBIBYTE):
        await add(http, path, first, content[first : first + 2 * _MEBIBYTE])
    await _settle(stage)
    with _only(stage.home / "storage", rng.randrange(6 * _MEBIBYTE)):
        answer = await _use(stage, path)
        violations = [*_judge_full("an upload", answer), *await _judge_left(stage)]
        if await offset_of(http, path) != len(content):
            violations.append("P: the upload is not whole any more")
    return [*violations, *await _insist(stage, _use(stage, path))]


async def _read(stage: Stage, rng: random.Random) -> list[str]:
    """The worker's own disk is full while a file is read: it is read when there is room, or says so."""
    content = _growing(rng)
    await _settle(stage)
    with _only(stage.home / "work", rng.randrange(18, 24) * _MEBIBYTE):
        dataset_id = await datasets.create(stage, content)
        await datasets.wait_lost(stage, dataset_id, 1)
        await asyncio.sleep(rng.random())
    reading = await datasets.wait_read(stage, dataset_id)
    await _drop(stage, dataset_id)
    if reading.status != "ready" and "disk" not in (reading.error_json or ""):
        return [f"P: {dataset_id}: is {reading.status} after {reading.attempt} attempts: {reading.error_json}"]
    return await _insist(stage, send(stage.client.http, content))


async def _store(stage: Stage, rng: random.Random) -> list[str]:
    """What was read of a file does not fit into the storage: it is waited for, and no attempt used up."""
    content = _growing(rng)
    await _settle(stage)
    with _only(stage.home / "storage", rng.randrange(8, 16) * _MEBIBYTE):
        dataset_id = await datasets.create(stage, content)
        await stage.wait_said(stage.workers[0], "the storage does not take a file; trying again", 60)
        waiting = await datasets.Reading.of(stage, dataset_id)
    reading = await datasets.wait_read(stage, dataset_id)
    await _drop(stage, dataset_id)
    if (waiting.status, reading.status, reading.attempt) != ("processing", "ready", 1):
        return [f"P: {dataset_id}: was {waiting.status}, and is {reading.status} in attempt {reading.attempt}"]
    return []


def _growing(rng: random.Random) -> bytes:
    """A file of 7 MiB, of which 18 MiB are stored once it is read."""
    first = rng.randrange(1000)
    block = "".join(
        f"{number % 97},{number % 89},{number % 83},{number % 79}\n" for number in range(first, first + 10_000)
    )
    return b"a,b,c,d\n" + block.encode() * 60


async def _settle(stage: Stage) -> None:
    """Wait until what is to be removed is removed: it would make room."""
    waiting = (
        "SELECT (SELECT count(*) FROM datasets WHERE deleted_at IS NOT NULL) + "
        "(SELECT count(*) FROM stray_files WHERE NOT is_last AND NOT is_awaited) + "
        "(SELECT count(*) FROM removals WHERE swept_at IS NULL)"
    )
    deadline = time.monotonic() + _SETTLE_SECONDS
    while await stage.scalar(waiting):
        assert time.monotonic() < deadline, stage.said()
        await asyncio.sleep(0.1)


async def _use(stage: Stage, path: str) -> httpx.Response:
    return await stage.client.http.post("/v1/datasets", json={"upload": path.rpartition("/")[2]})


async def _insist(stage: Stage, sending: Awaitable[httpx.Response]) -> list[str]:
    """With room it is taken and read."""
    answer = await sending
    if answer.status_code != httpx.codes.CREATED:
        return [f"P: with room it was answered {answer.status_code}: {answer.text}"]
    told: dict[str, Any] = answer.json()
    stage.client.datasets[told["id"]] = told["sha256"]
    reading = await datasets.wait_read(stage, told["id"])
    violations = [] if reading.status == "ready" else [f"P: {told['id']}: is {reading.status}: {reading.error_json}"]
    await _drop(stage, told["id"])
    return violations


async def _drop(stage: Stage, dataset_id: str) -> None:
    """Make room for the next: the disk is small."""
    del stage.client.datasets[dataset_id]
    await stage.client.http.delete(f"/v1/datasets/{dataset_id}")


def _judge_full(what: str, answer: httpx.Response) -> list[str]:
    if (answer.status_code, answer.json().get("code")) == (_FULL, "storage_full"):
        return []
    return [f"P: {what} was answered {answer.status_code}: {answer.text}"]


async def _judge_left(stage: Stage) -> list[str]:
    """While it is full there is nothing but what is referred to."""
    left = await judge_files(stage.database, stage.home / "storage")
    return [line for line in left if _BALLAST not in line]


_BALLAST = "ballast"


@contextmanager
def _only(disk: Path, room_bytes: int) -> Generator[None]:
    """So much room is left on the disk, at most."""
    ballast = disk / _BALLAST
    free = os.statvfs(disk)
    surplus = free.f_bavail * free.f_frsize - room_bytes
    try:
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, surplus))
        yield
    finally:
        ballast.unlink()


if __name__ == "__main__":
    found = main(Path(sys.argv[1]), int(sys.argv[2]))
    os.write(1, json.dumps(found).encode())
