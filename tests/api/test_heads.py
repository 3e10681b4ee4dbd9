"""HEAD: the head that GET has, and no more work than that takes."""

import asyncio
import os
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.api.service import Service, assert_problem
from tests.api.test_reading import make

SIZE_BYTES = 8 * 2**20
_CHANGING = {"date", "x-request-id", "ratelimit", "ratelimit-policy"}


async def sent_bytes(service: Service) -> float:
    families = text_string_to_metric_families((await service.client.get("/metrics")).text)
    samples = (sample for family in families for sample in family.samples)
    return next(sample.value for sample in samples if sample.name == "netcoach_http_sent_bytes_total")


async def test_head_of_an_artifact_opens_nothing(service: Service, tmp_path: Path) -> None:
    job_id = await make(service)
    await service.succeed(job_id, files={"model.keras": os.urandom(SIZE_BYTES)}, folder=tmp_path)
    path = f"/v1/jobs/{job_id}/artifacts/model.keras"
    asked: list[dict[str, str]] = [{}, {"Range": "bytes=5-9"}, {"Range": "bytes=5-9", "If-Range": '"other"'}]
    given = [await service.client.get(path, headers=headers) for headers in asked]
    file = service.storage_folder / "jobs" / job_id / "1" / "model.keras"
    file.unlink()
    os.mkfifo(file)  # whoever opens it to read waits for ever
    for headers, got in zip(asked, given, strict=True):
        head = await service.client.head(path, headers=headers)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert _lasting(head.headers) == _lasting(got.headers)
    service.lose_files(job_id)
    assert (await service.client.head(path)).headers["Content-Length"] == str(SIZE_BYTES)
    assert_problem(await service.client.get(path), 410, "artifact_gone")
    outside = await service.client.head(path, headers={"Range": f"bytes={SIZE_BYTES}-"})
    assert (outside.status_code, outside.headers["Content-Range"]) == (416, f"bytes */{SIZE_BYTES}")
    known = await service.client.head(path, headers={"If-None-Match": given[0].headers["ETag"]})
    assert known.status_code == 304


async def test_what_head_leaves_out_does_not_count_as_sent(service: Service, tmp_path: Path) -> None:
    job_id = await make(service)
    await service.record(job_id, [{"loss": 0.5}] * 200, duration_seconds=0.5)
    await service.succeed(job_id, {"final": {}}, files={"model.keras": bytes(SIZE_BYTES)}, folder=tmp_path)
    paths = ["/openapi.json", "/docs", "/metrics", "/v1/jobs", "/v1/catalog"]
    paths += [f"/v1/jobs/{job_id}{rest}" for rest in ("", "/results", "/metrics", "/events", "/artifacts/model.keras")]
    # An answer is counted once it was sent, and whoever asked may have it before that: files of other tests, too.
    await asyncio.sleep(1)
    scraped_at = await sent_bytes(service)
    while (before := await sent_bytes(service)) == scraped_at:  # noqa: ASYNC110 -- HTTP
        await asyncio.sleep(0.05)
    scrape_bytes = before - scraped_at
    for path in paths:
        for accept in ("application/json", "text/csv", "application/x-ndjson", "*/*"):
            head = await service.client.head(path, headers={"Accept": accept})
            assert (head.status_code, head.content) in {(200, b""), (406, b"")}
    head = await service.client.head(f"/v1/jobs/{job_id}/events", headers={"Accept": "text/event-stream"})
    assert head.is_success
    assert await sent_bytes(service) - before < 3 * scrape_bytes


def _lasting(headers: object) -> dict[str, str]:
    return {name: value for name, value in dict(headers).items() if name not in _CHANGING}  # pyright: ignore[reportArgumentType, reportCallIssue]
