# ruff: noqa: S608 -- all of it is written here
"""What the storage holds, against what the database says of it: each file is referred to or noted, and none is missing.

Also what is stored of data sets and of uploads must agree with itself.
"""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from db.connections.engine import AsyncConnection, Database
from spec.states import ENDED

_UNFINISHED = ".part"
_KEYS = ("artifacts", "blobs", "upload_parts")
"""Tables whose ``key`` says where a file lies, as long as the row is there."""
_STATUS_OF = {"succeeded": "ready", "failed": "failed", "cancelled": "failed"}


@dataclass
class Noted:
    """What the database says of files.

    Attributes:
        keys: What is referred to.
        strays: What nothing refers to, not yet or not any more, and that is removed in time.
        folders: Folders of which all is removed in time.
        live: Jobs that have not ended; whatever lies in a folder of their name may be theirs.
    """

    keys: set[str] = field(default_factory=set[str])
    strays: set[str] = field(default_factory=set[str])
    folders: set[str] = field(default_factory=set[str])
    live: set[str] = field(default_factory=set[str])

    @classmethod
    async def of(cls, connection: AsyncConnection) -> "Noted":
        """As the database has it now."""
        noted = cls()
        for table in _KEYS:
            noted.keys |= set((await connection.execute(text(f"SELECT key FROM {table}"))).scalars())
        # What is due goes within seconds: only what waits may lie about.
        for key, is_folder, is_awaited, is_last in await connection.execute(
            text("SELECT key, is_folder, is_awaited, is_last FROM stray_files")
        ):
            if is_folder and is_last:
                noted.folders.add(key)
            elif is_awaited:
                noted.strays.add(key)
        ended = ", ".join(f"'{status}'" for status in sorted(ENDED))
        jobs = await connection.execute(text(f"SELECT id FROM jobs WHERE status NOT IN ({ended})"))
        noted.live = set(jobs.scalars())
        return noted

    def covers(self, key: str) -> bool:
        """Whether the database knows why there is a file of this key."""
        parts = key.split("/")
        in_folder = any("/".join(parts[:count]) in self.folders for count in range(1, len(parts)))
        return key in self.keys or key in self.strays or in_folder or not self.live.isdisjoint(parts)


async def judge_files(database: Database, storage: Path) -> list[str]:
    """O: files of the storage that the database does not know of, and files that it refers to and that are missing.

    Args:
        database: The truth.
        storage: The folder that is the storage.
    """
    found = await asyncio.to_thread(_keys_in, storage)
    async with database.read() as connection:
        noted = await Noted.of(connection)
    words = {True: "unfinished file", False: "file"}
    left = [f"O: the {words[key.endswith(_UNFINISHED)]} {key} is left" for key in found if not noted.covers(key)]
    return sorted(left) + [f"O: the file {key} is missing" for key in sorted(noted.keys - found)]


def _keys_in(storage: Path) -> set[str]:
    return {str(path.relative_to(storage)) for path in storage.rglob("*") if path.is_file()}


async def judge_datasets(database: Database) -> list[str]:
    """D: data sets that do not end as their readings did, or that tell too little; uploads with gaps."""
    found: list[str] = []
    async with database.read() as connection:
        columns = "id, status, columns_json, facts_json, error_json, ended_at"
        jobs = "(SELECT status FROM jobs WHERE jobs.id = datasets.job_id) AS reading"
        for row in await connection.execute(text(f"SELECT {columns}, {jobs} FROM datasets ORDER BY id")):
            found += _judge_dataset(row)
        parts = await connection.execute(
            text("SELECT upload_id, first_byte, size_bytes FROM upload_parts ORDER BY upload_id, first_byte")
        )
        ends: dict[str, int] = {}
        for upload_id, first_byte, size_bytes in parts:
            if first_byte != ends.get(upload_id, 0):
                found.append(f"D: {upload_id}: a part begins at {first_byte}, the one before ends at {ends[upload_id]}")
            ends[upload_id] = first_byte + size_bytes
        for upload_id, offset in await connection.execute(text("SELECT id, offset_bytes FROM uploads")):
            if ends.get(upload_id, 0) != offset:
                found.append(f"D: {upload_id}: is at byte {offset}, its parts end at {ends.get(upload_id, 0)}")
    return found


def _judge_dataset(row: Any) -> list[str]:  # noqa: ANN401 -- a row of whatever was asked
    found: list[str] = []
    expected = _STATUS_OF.get(row.reading, "processing")
    if row.reading is not None and row.status != expected:
        found.append(f"D: {row.id}: is {row.status}, and its reading is {row.reading}")
    if (row.status == "processing") != (row.ended_at is None):
        found.append(f"D: {row.id}: is {row.status}, and ended at {row.ended_at}")
    if row.status == "ready" and (row.columns_json is None or row.facts_json is None):
        found.append(f"D: {row.id}: is ready, and nothing is told of its columns")
    error: dict[str, Any] = json.loads(row.error_json or "{}")
    if row.status == "failed" and not (error.get("code") and error.get("message")):
        found.append(f"D: {row.id}: is failed, and does not tell why: {error}")
    return found
