"""Rows 22, 26, 28, 37: disks and memory that are used up, and specs that would use them up."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.faults.conftest import seed
from tests.faults.ledger import Tally
from tests.faults.oracle import judge
from tests.faults.programs import ROOT
from tests.faults.specs import SOFTMAX, quick, steady
from tests.faults.stage import Stage

_DISK_BYTES = 96 * 2**20


async def within_small_disks(tmp_path: Path, program: str, sizes: dict[str, int]) -> Any:  # noqa: ANN401 -- JSON
    """What a program says that runs in a namespace of its own, with a disk of its own at each of these folders.

    Args:
        tmp_path: Given to the program.
        program: A module of this package.
        sizes: In bytes, by the folder's path within ``tmp_path``.
    """
    for folder in sizes:
        (tmp_path / folder).mkdir(parents=True)
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    mounts = [f'mount -t tmpfs -o size={size} tmpfs "$0/{folder}"' for folder, size in sizes.items()]
    mount = " && ".join([*mounts, 'exec "$@"'])
    play = [sys.executable, "-m", f"tests.faults.{program}", str(tmp_path), str(seed())]
    process = await asyncio.create_subprocess_exec(
        *("unshare", *as_root, "--mount", "sh", "-c", mount, str(tmp_path), *play),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate()
    assert process.returncode == 0, complained.decode()
    return json.loads(said)


@pytest.mark.row(22)
@pytest.mark.long
async def test_the_disk_is_full(tmp_path: Path, tally: Tally) -> None:
    for violations, answers in await within_small_disks(tmp_path, "full_disk", {"home": _DISK_BYTES}):
        assert answers.get("503"), f"the disk was not full: {answers}"
        tally.note(violations)
        tally.measured(f"POSTs while it was full: {answers}")


@pytest.mark.row(37)
@pytest.mark.long
async def test_the_disk_is_full_while_files_come_and_are_read(tmp_path: Path, tally: Tally) -> None:
    sizes = {"home/storage": 192 * 2**20, "home/work": 128 * 2**20}
    for violations in await within_small_disks(tmp_path, "full_disk_of_data", sizes):
        tally.note(violations, tried=5)


def hungry() -> dict[str, Any]:
    """A job that needs some gigabytes."""
    spec = quick(seed(), epochs=1, batch_size=512)
    layer = {"type": "Dense", "units": 13_000, "activation": "relu"}
    spec["network"] = {"layers": [{"type": "Flatten"}, layer, layer, SOFTMAX]}
    spec["resources"] = {"max_attempts": 2}
    return spec


_TRAINER_BYTES = 5 * 2**28


@pytest.mark.row(26)
@pytest.mark.long
@pytest.mark.parametrize("limit_bytes", [_TRAINER_BYTES, 2**40])
async def test_a_job_that_needs_too_much_memory(stage: Stage, tally: Tally, limit_bytes: int) -> None:
    await stage.start_api()
    worker = await stage.start_worker(
        WORKER_SLOTS="2", TRAINER_THREADS="1", TRAINER_MEMORY_BYTES=str(limit_bytes), LEASE_SECONDS="10"
    )
    spec = steady(seed(), epochs=30)
    await stage.learn(spec)
    other = await stage.client.insist(spec)
    job_id = await stage.client.insist(hungry())
    violations = await judge(stage, within_seconds=120)
    row, unharmed = await stage.job(job_id), await stage.job(other)
    if (row.status, row.error_code) != ("failed", "out_of_memory"):
        violations.append(f"P: {job_id}: is {row.status}, {row.error_code}: {row.error_message}")
    if row.attempt > row.max_attempts:
        violations.append(f"P: {job_id}: had {row.attempt} attempts")
    if (unharmed.status, unharmed.attempt) != ("succeeded", 1):
        violations.append(f"P: {other}: is {unharmed.status} in attempt {unharmed.attempt}")
    if not worker.is_running:
        violations.append("P: the worker has ended")
    if limit_bytes == _TRAINER_BYTES:
        tally.measured(f"`out_of_memory` after {row.attempt} of {row.max_attempts} attempts")
        tally.note(violations)
    else:
        tally.turned_red("memory limit", violations, letters="P")


@pytest.mark.row(26)
@pytest.mark.long
async def test_a_job_whose_trainer_dies_each_time(stage: Stage, tally: Tally) -> None:
    await stage.start_api()
    worker = await stage.start_worker()
    poison = steady(seed(), epochs=1000)
    poison["resources"] = {"max_attempts": 3}
    job_id = await stage.client.insist(poison)
    healthy = [await stage.client.insist(quick()) for _ in range(3)]
    for attempt in (1, 2, 3):
        await stage.wait(job_id, lambda job, attempt=attempt: job.attempt == attempt and job.fraction > 0)
        worker.trainers()[0].kill()
        await stage.wait(job_id, lambda job, attempt=attempt: job.attempt > attempt or job.status != "running")
    violations = await judge(stage)
    row = await stage.job(job_id)
    if (row.status, row.error_code, row.attempt) != ("failed", "worker_lost", 3):
        violations.append(f"P: {job_id}: is {row.status}, {row.error_code} after {row.attempt} attempts")
    violations += [f"P: {other}: harmed" for other in healthy if (await stage.job(other)).status != "succeeded"]
    tally.note(violations)


_BOUND_SECONDS = 0.1
_GROWTH_BYTES = 32 * 2**20


def hostile() -> dict[str, bytes]:
    """Bodies that ask for too much."""
    wide, deep, long = quick(), quick(), quick()
    wide["network"]["layers"][1:1] = [{"type": "Dense", "units": 10**9}]
    twice = {"type": "Dense", "units": 30_000}
    deep["network"]["layers"][1:1] = [twice] * 40
    long["network"]["layers"][1:1] = [{"type": "Flatten"}] * 10_000
    layers = b'{"type":"Flatten"},' * 10**6
    return {
        "1e9 units": json.dumps(wide).encode(),
        "1e9 epochs": json.dumps(quick(epochs=10**9)).encode(),
        "40 layers of 30,000 units": json.dumps(deep).encode(),
        "1e4 layers": json.dumps(long).encode(),
        "1e6 layers": b'{"network":{"layers":[' + layers + b"{}]}}",
        "1e5 deep": b'{"network":' * 10**5 + b"1" + b"}" * 10**5,
        "1e5 deep arrays": b"[" * 10**5 + b"]" * 10**5,
        "a number of 1e5 digits": b'{"training":{"epochs":' + b"9" * 10**5 + b"}}",
        "a name of 1e6 characters": b'{"name":"' + b"x" * 10**6 + b'"}',
        "5e4 unknown fields": json.dumps({f"f{number}": 1 for number in range(50_000)}).encode(),
    }


@pytest.mark.row(28)
async def test_specs_that_ask_for_too_much(stage: Stage, tally: Tally) -> None:
    api = await stage.start_api()
    slowest_seconds, slowest = 0.0, ""
    post = stage.client.http.post
    process = psutil.Process(api.pid)
    violations: list[str] = []
    before_bytes = 0
    for round_number in range(6):
        for name, body in hostile().items():
            taken: list[float] = []
            for _ in range(3):
                spent = process.cpu_times()
                answer = await post("/v1/jobs", content=body, headers={"Content-Type": "application/json"})
                now = process.cpu_times()
                taken.append(now.user + now.system - spent.user - spent.system)
                tally.tried += 1
                if not answer.is_client_error:
                    violations.append(f"P: {name}: was answered {answer.status_code}: {answer.text[:200]}")
            # Of the process's own time, for the machine may have other things to do; and the best of three.
            if min(taken) > slowest_seconds:
                slowest_seconds, slowest = min(taken), name
        if round_number == 0:
            before_bytes = process.memory_info().rss
    growth_bytes = process.memory_info().rss - before_bytes
    if slowest_seconds > _BOUND_SECONDS:
        violations.append(f"P: {slowest}: took {slowest_seconds * 1000:.0f} ms")
    if growth_bytes > _GROWTH_BYTES:
        violations.append(f"P: the memory grew by {growth_bytes / 2**20:.0f} MiB")
    tally.measured(
        f"slowest {slowest_seconds * 1000:.0f} ms of CPU ({slowest}), memory +{growth_bytes / 2**20:.0f} MiB"
    )
    tally.note([*dict.fromkeys(violations), *await judge(stage, letters="D")], tried=0)
