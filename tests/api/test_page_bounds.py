"""No page is longer than its bound, whatever lies in the database, and none of it is read in vain."""

import json
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert

from api.answers.errors import QueryFaulty
from api.answers.pages import METRICS_PAGE_BYTES, PAGE_BYTES, encode_cursor, id_of, next_behind, numbers_of
from api.jobs.queries import MAX_METRICS_ROWS
from db.attempts import attempts
from db.attempts.attempts import EpochRecord, Progress
from db.connections.engine import Database
from db.jobs import jobs
from db.jobs.jobs import JobFilter, NewJob
from db.pages import page_of
from db.tables.attempts import Attempt
from db.tables.base import DEFAULT_PROJECT
from spec.ids import new_id
from tests.api.service import Service
from tests.db.scenes import draft, submit

SPEC_BYTES = 300_000
METRICS = 66
EPOCHS = 1_500


async def make(database: Database, label: str, sizes_bytes: list[int]) -> list[str]:
    """Jobs with specs of these sizes, to be found by their label; the newest first."""
    made: list[str] = []
    async with database.write() as connection:
        for size_bytes in sizes_bytes:
            new = NewJob(
                id=new_id("job"),
                project=DEFAULT_PROJECT,
                name=None,
                spec_json=json.dumps({"filler": "x" * size_bytes}),
                seed=1,
                dataset="digits",
                epochs=1,
                metadata={"label": label},
            )
            await jobs.create(connection, new)
            await jobs.request_cancel(connection, new.id, DEFAULT_PROJECT)  # out of the way of others in the queue
            made.insert(0, new.id)
    return made


async def walk(client: httpx.AsyncClient, path: str, **query: str) -> list[httpx.Response]:
    """All pages of a list, by their cursors."""
    pages: list[httpx.Response] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await client.get(path, params={**query, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        cursor = told["next_cursor"]
        assert told["has_more"] == (cursor is not None)
        pages.append(answer)
    return pages


async def test_a_page_of_jobs_ends_where_its_bytes_do(service: Service) -> None:
    label = uuid4().hex
    sizes_bytes = [100, SPEC_BYTES, 2 * PAGE_BYTES, 100, 200, *[SPEC_BYTES] * 6]
    made = await make(service.database, label, sizes_bytes)
    pages = await walk(service.client, "/v1/jobs", limit="100", **{"metadata[label]": label})
    listed = [job for page in pages for job in page.json()["data"]]
    assert [job["id"] for job in listed] == made
    assert [len(job["spec"]["filler"]) for job in listed] == sizes_bytes[::-1]
    for page in pages:
        count = len(page.json()["data"])
        assert count
        assert count == 1 or len(page.content) < 1.1 * PAGE_BYTES
    assert len(pages) == 4


async def test_what_a_page_does_not_hold_is_not_read(database: Database) -> None:
    for _ in range(40):
        await submit(database, spec_json=json.dumps("x" * 2 * SPEC_BYTES))
    async with database.read() as connection:
        tracemalloc.start()
        try:
            page = await jobs.list_page(connection, DEFAULT_PROJECT, JobFilter(), 100, most_bytes=PAGE_BYTES)
            _, peak_bytes = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert (len(page), page.has_more) == (1, True)
    assert peak_bytes < 4 * PAGE_BYTES, "all of it would be 24 MB"


async def test_a_page_of_metrics_ends_where_its_bytes_do(service: Service) -> None:
    async with service.database.write() as connection:
        new = draft(epochs=EPOCHS)
        await jobs.create(connection, new)
    fence = await service.claim(new.id)
    metrics = {f"metric_{number}_{'x' * 40}": 1 / 3 for number in range(METRICS)}
    records = [EpochRecord(epoch, metrics, 0.5, Progress(epoch / EPOCHS, 1.0)) for epoch in range(1, EPOCHS + 1)]
    async with service.database.write() as connection:
        await attempts.record_started(connection, fence, epochs=EPOCHS)
        await attempts.record_epochs(connection, fence, records)
    path, most = f"/v1/jobs/{new.id}/metrics", str(MAX_METRICS_ROWS)
    pages = await walk(service.client, path, limit=most)
    assert [row["epoch"] for page in pages for row in page.json()["data"]] == [*range(1, EPOCHS + 1)]
    assert len(pages) == 2
    for media_type in ("application/json", "text/csv", "application/x-ndjson"):
        answer = await service.client.get(path, params={"limit": most}, headers={"Accept": media_type})
        assert len(answer.content) < 1.1 * METRICS_PAGE_BYTES
        following = await service.client.get(answer.links["next"]["url"])
        assert following.json()["data"][0]["epoch"] == len(pages[0].json()["data"]) + 1
        assert "next" not in following.links


async def test_attempts_are_read_by_the_page(service: Service) -> None:
    (job_id,) = await make(service.database, uuid4().hex, [1])
    rows = [{"job_id": job_id, "attempt": number, "worker_id": "worker_1", "slot": 0} for number in range(1, 251)]
    async with service.database.write() as connection:
        await connection.execute(insert(Attempt), rows)
        page = await attempts.list_page(connection, job_id, 3, 201)
    assert [row.attempt for row in page] == [200, 199, 198]
    pages = await walk(service.client, f"/v1/jobs/{job_id}/attempts", limit="100")
    assert [len(page.json()["data"]) for page in pages] == [100, 100, 50]
    assert [row["attempt"] for page in pages for row in page.json()["data"]] == [*range(250, 0, -1)]


@dataclass(frozen=True)
class Row:
    """Of any list."""

    id: int
    text: str | None
    more: Any = None


def test_any_list_is_cut_where_its_bytes_end_but_never_before_the_first_row() -> None:
    rows = [Row(number, "x" * (PAGE_BYTES // 4)) for number in range(10)]
    assert cut(rows, 100) == (rows[:4], 3)
    assert cut([Row(1, "x" * 2 * PAGE_BYTES), Row(2, None)], 100)[1] == 1
    assert cut(rows[:3], 2) == (rows[:2], 1)
    assert cut(rows[:3], 3) == (rows[:3], None)
    assert page_of(rows, 100) == rows


def cut(rows: list[Row], limit: int) -> tuple[list[Row], int | None]:
    page = page_of(rows, limit, PAGE_BYTES)
    return page, next_behind(page, lambda row: row.id)


def test_a_cursor_leads_on_in_its_own_kind_of_list_alone() -> None:
    places = {"job": new_id("job"), "dlv": new_id("dlv"), "epoch": "7", "event": "e7", "signal": "7-0"}
    cursors = {kind: encode_cursor(place) for kind, place in places.items()}
    readers: dict[str, Callable[[str], object]] = {
        "job": lambda cursor: id_of(cursor, "job"),
        "dlv": lambda cursor: id_of(cursor, "dlv"),
        "epoch": numbers_of,
        "event": lambda cursor: numbers_of(cursor, mark="e"),
        "signal": lambda cursor: numbers_of(cursor, 2),
    }
    read = {"job": places["job"], "dlv": places["dlv"], "epoch": [7], "event": [7], "signal": [7, 0]}
    for kind, reader in readers.items():
        assert reader(cursors[kind]) == read[kind]
        others = [cursor for other, cursor in cursors.items() if other != kind]
        forged = [encode_cursor(place) for place in ("", "-1", "1234567890", "\u0667", "e", "7-", "job_" + "u" * 26)]
        for cursor in (*others, *forged, "", "?", "é"):
            with pytest.raises(QueryFaulty):
                reader(cursor)
    assert id_of(None, "job") is None
