"""``python -m tests.faults.full_disk FOLDER SEED``: row 22, within a namespace that has a small disk at FOLDER/home.

The home with database, storage and work dirs is on that disk, which is filled while jobs are trained and posted. Prints
what the oracle found and what POSTs were answered, a pair a try, as JSON. All of it runs in here, for nobody outside
sees the disk.
"""

import asyncio
import errno
import json
import os
import random
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.faults.oracle import judge
from tests.faults.servers import HardRedis
from tests.faults.specs import quick, steady
from tests.faults.stage import Stage

_TRIES = 3
_EPOCHS = 40
_CHUNK = bytes(2**16)


def main(folder: Path, seed: int) -> list[tuple[list[str], dict[int, int]]]:
    """What was found and what was answered, try by try."""
    redis = HardRedis()
    try:
        redis.start()
        return asyncio.run(_play(folder, redis, seed))
    finally:
        redis.close()


async def _play(folder: Path, redis: HardRedis, seed: int) -> list[tuple[list[str], dict[int, int]]]:
    stage = await Stage.open(folder, redis=redis, postgres=None)
    rng = random.Random(seed)  # noqa: S311 -- it has to be repeatable
    try:
        await stage.start_api()
        await stage.start_worker()
        spec = steady(seed, epochs=_EPOCHS)
        await stage.learn(spec)
        return [await _fill_disk(stage, spec, rng) for _ in range(_TRIES)]
    finally:
        await stage.close()


async def _fill_disk(stage: Stage, spec: dict[str, Any], rng: random.Random) -> tuple[list[str], dict[int, int]]:
    job_id = await stage.client.insist(spec)
    epoch = rng.randrange(2, _EPOCHS // 2)
    await stage.wait(job_id, lambda job: job.epoch >= epoch)
    stage.client.answers.clear()
    ballast = stage.home / "ballast"
    for _ in range(20):
        _fill(ballast)
        await stage.client.post(quick())
        await asyncio.sleep(0.3)
    readable = await stage.client.http.get(f"/v1/jobs/{job_id}")
    ballast.unlink()
    answers = dict(stage.client.answers)
    violations = [
        f"P: {times} POSTs were answered {status}"
        for status, times in answers.items()
        if status not in {httpx.codes.CREATED, httpx.codes.SERVICE_UNAVAILABLE}
    ]
    if not readable.is_success:
        violations.append(f"P: a job could not be read: {readable.text}")
    violations += await judge(stage, within_seconds=180)
    row = await stage.job(job_id)
    if row.status != "succeeded" and "disk" not in (row.error_message or ""):
        violations.append(f"P: {job_id}: {row.status}, {row.error_code}: {row.error_message}")
    if not all(program.is_running for program in stage.programs):
        violations.append(f"P: a program has ended: {stage.said()}")
    after = await stage.wait_end(await stage.client.insist(quick()))
    if after.status != "succeeded":
        violations.append(f"P: {after.id}: {after.status} afterwards")
    return violations, answers


def _fill(ballast: Path) -> None:
    """Write until there is no room for another byte."""
    with ballast.open("ab", buffering=0) as file:
        for chunk in (_CHUNK, b"0"):
            try:
                while True:
                    file.write(chunk)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


if __name__ == "__main__":
    found = main(Path(sys.argv[1]), int(sys.argv[2]))
    os.write(1, json.dumps(found).encode())
