"""Files that clients send in the rows, and what has been read of them."""

import asyncio
import hashlib
import io
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import text

from tests.data.senders import made
from tests.faults.stage import Stage

ROW_BYTES = 48
_LOST_SECONDS = 60.0


def table(seed: int, megabytes: int) -> bytes:
    """A CSV file of this size, which takes about a second for each hundred megabytes to read; another for each seed."""
    lines = (
        f"{number * 0.37:09.3f},{number * seed:012d},{'abc'[number % 3] * 3},{'yes' if number % 5 else 'no '}"
        for number in range(1000)
    )
    block = "".join(f"{line:<{ROW_BYTES - 1}}\n" for line in lines).encode()
    return b"weight,code,kind,is_ripe\n" + block * (megabytes * 2**20 // len(block))


def hungry_table(megabytes: int) -> bytes:
    """A small Parquet file with one value of this size."""
    file = io.BytesIO()
    value = pa.array(["x" * (megabytes * 2**20)], pa.large_string())
    pq.write_table(pa.table({"a": value}), file, compression="zstd", use_dictionary=False)
    return file.getvalue()


@dataclass(frozen=True)
class Reading:
    """What came of a data set, as the database has it.

    Attributes:
        status: Of the data set.
        facts_json: What is known of it.
        digests: SHA-256 of the files of the read form, by name.
        error_json: Why it failed.
        attempt: The last one that read it.
    """

    status: str
    facts_json: str | None
    digests: dict[str, str]
    error_json: str | None
    attempt: int

    @classmethod
    async def of(cls, stage: Stage, dataset_id: str) -> "Reading":
        """As it is now."""
        async with stage.database.read() as connection:
            found = await connection.execute(
                text(
                    "SELECT d.status, d.facts_json, d.error_json, j.id AS job, j.attempt "
                    "FROM datasets d JOIN jobs j ON j.id = d.job_id WHERE d.id = :id"
                ),
                {"id": dataset_id},
            )
            row = found.one()
            files = await connection.execute(
                text("SELECT name, sha256 FROM artifacts WHERE job_id = :id"), {"id": row.job}
            )
            digests: dict[str, str] = {name: sha256 for name, sha256 in files}  # noqa: C416 -- rows are no pairs to the type checker
        return cls(row.status, row.facts_json, digests, row.error_json, row.attempt)

    def differences(self, dataset_id: str, undisturbed: "Reading") -> list[str]:
        """P: unless it is ready, and all that was read is the same as without a fault."""
        if self.status != "ready":
            return [f"P: {dataset_id}: is {self.status}: {self.error_json}"]
        found = [] if self.facts_json == undisturbed.facts_json else [f"P: {dataset_id}: has other facts"]
        if self.digests != undisturbed.digests:
            found.append(f"P: {dataset_id}: has other files: {self.digests}, not {undisturbed.digests}")
        return found


async def create(
    stage: Stage, content: bytes, description: dict[str, Any] | None = None, *, http: httpx.AsyncClient | None = None
) -> str:
    """A data set of this file, acknowledged; its id."""
    told = await made(http or stage.client.http, content, description)
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    stage.client.datasets[told["id"]] = told["sha256"]
    return told["id"]


async def wait_read(stage: Stage, dataset_id: str, timeout_seconds: float = 90) -> Reading:
    """What came of it, once it is no longer being read."""
    deadline = time.monotonic() + timeout_seconds
    while (reading := await Reading.of(stage, dataset_id)).status == "processing":
        assert time.monotonic() < deadline, await stage.account()
        await asyncio.sleep(0.05)
    return reading


async def learn(stage: Stage, content: bytes, description: dict[str, Any] | None = None) -> Reading:
    """What is read of a file when nothing disturbs it."""
    reading = await wait_read(stage, await create(stage, content, description))
    assert (reading.status, reading.attempt) == ("ready", 1), reading.error_json
    return reading


async def wait_reading(stage: Stage, dataset_id: str, attempt: int, timeout_seconds: float = 60) -> bool:
    """Wait until this attempt is in the middle of reading the file; False if it has ended already."""
    job_id = await stage.scalar("SELECT job_id FROM datasets WHERE id = :id", id=dataset_id)
    deadline = time.monotonic() + timeout_seconds
    while not _is_begun(stage.home, f"{job_id}-{attempt}"):
        if (await Reading.of(stage, dataset_id)).status != "processing":
            return False
        assert time.monotonic() < deadline, await stage.account()
        await asyncio.sleep(0.005)
    return True


def _is_begun(home: Path, attempt: str) -> bool:
    return any(home.glob(f"work/*/{attempt}/pieces"))


async def wait_lost(stage: Stage, dataset_id: str, attempt: int, *, is_claimed: bool = False) -> None:
    """Wait until this attempt is no longer the one that reads the file; with ``is_claimed`` until another one does."""
    lost = "j.attempt > :attempt" if is_claimed else "(j.attempt > :attempt OR j.status <> 'running')"
    statement = f"SELECT count(*) FROM datasets d JOIN jobs j ON j.id = d.job_id WHERE d.id = :id AND {lost}"  # noqa: S608 -- written above
    deadline = time.monotonic() + _LOST_SECONDS
    while not await stage.scalar(statement, id=dataset_id, attempt=attempt):
        assert time.monotonic() < deadline, await stage.account()
        await asyncio.sleep(0.05)
