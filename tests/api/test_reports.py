"""GET /v1/jobs/{id}/report: who is answered what, and when."""

import math
from typing import Any

import pytest

from api.reports.writing import html
from db.attempts import attempts, findings
from db.attempts.attempts import EpochRecord, Progress
from db.attempts.findings import NewFindings
from tests.api.known_jobs import RESULTS, finding
from tests.api.service import Service, assert_problem
from tests.api.specs import digits

HTML, MARKDOWN = "text/html", "text/markdown"


async def made(service: Service, **changes: object) -> str:
    answer = await service.client.post("/v1/jobs", json=digits(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def report(service: Service, job_id: str, accept: str = MARKDOWN) -> str:
    answer = await service.client.get(f"/v1/jobs/{job_id}/report", headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    return answer.text


async def trained(service: Service, **changes: object) -> str:
    """A running job with two epochs of three, signals and a finding."""
    job_id = await made(service, **changes)
    fence = await service.claim(job_id)
    layers = {"dense": {"gradient_norm": 0.5}, "dense_1": {"gradient_norm": math.nan}}
    told = [EpochRecord(epoch, {"loss": 1 / epoch}, 0.5, Progress(epoch / 3, 1.0), layers) for epoch in (1, 2)]
    found: dict[str, Any] = finding("dead_units")
    async with service.database.write() as connection:
        await attempts.record_started(connection, fence, epochs=3)
        await attempts.record_epochs(connection, fence, told)
        await findings.record(connection, fence, NewFindings([found], 2))
    return job_id


async def test_a_job_from_its_beginning_to_its_end(service: Service) -> None:
    waiting = await report(service, await made(service))
    assert "The job is queued and waits for a worker." in waiting
    job_id = await trained(service)
    running = await report(service, job_id)
    assert "The job is running, and this report tells what is known by now. About 1 s are left." in running
    for part in ("It has had 2 of 3 epochs.", "### loss", "### gradient_norm", "### Error: Title of dead_units"):
        assert part in running, part
    await service.succeed(job_id, RESULTS)
    ended = await report(service, job_id)
    assert "is running" not in ended
    assert "Always guessing the most common class" in ended
    child = await service.client.post(f"/v1/jobs/{job_id}/derive", json={"patch": []})
    assert child.status_code == 201, child.text
    tried = await report(service, job_id)
    assert f"A job without a name ({child.json()['id']})" in tried
    await service.client.post(f"/v1/jobs/{child.json()['id']}/cancel")


async def test_a_job_that_failed(service: Service) -> None:
    job_id = await trained(service)
    await service.fail(job_id, "diverged", "The loss was NaN after epoch 2.", "/training/optimizer")
    assert "> The loss was NaN after epoch 2." in await report(service, job_id)
    assert "<h2>Signals by layer</h2>" in await report(service, job_id, HTML)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, HTML),
        ("*/*", HTML),
        ("text/*;q=0.5", HTML),
        (MARKDOWN, MARKDOWN),
        ("text/html;q=0.5, text/markdown", MARKDOWN),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
        ("application/json", None),
        ("text/html;q=0, text/plain", None),
    ],
)
async def test_html_or_markdown(service: Service, accept: str | None, expected: str | None) -> None:
    path = f"/v1/jobs/{await made(service)}/report"
    request = service.client.build_request("GET", path)
    del request.headers["Accept"]
    if accept is not None:
        request.headers["Accept"] = accept
    answer = await service.client.send(request)
    if expected is None:
        assert_problem(answer, 406, "not_acceptable")
        return
    assert answer.headers["Content-Type"] == f"{expected}; charset=utf-8"
    assert answer.headers["Vary"] == "Accept"
    assert answer.text.startswith("<!doctype html>" if expected == HTML else "# ")


async def test_a_browser_may_run_and_load_nothing(service: Service) -> None:
    name = "<script>alert(1)</script>"
    job_id = await trained(service, name=name, metadata={name: name})
    answer = await service.client.get(f"/v1/jobs/{job_id}/report")
    assert "<script" not in answer.text
    assert answer.text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4
    assert "<script" not in await report(service, job_id)
    again = await service.client.get(f"/v1/jobs/{job_id}/report", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for one in (answer, again):
        assert one.headers["Content-Security-Policy"] == html.POLICY
        assert one.headers["Cache-Control"] == "private, no-cache"
        assert one.headers["Vary"] == "Accept"
    written = await service.client.get(f"/v1/jobs/{job_id}/report", headers={"Accept": MARKDOWN})
    assert written.headers["ETag"] != answer.headers["ETag"]
    assert written.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_others_have_no_such_job(service: Service) -> None:
    elsewhere = await service.make_in("elsewhere")
    for job_id in (elsewhere, "job_" + "0" * 26, "nonsense"):
        assert_problem(await service.client.get(f"/v1/jobs/{job_id}/report"), 404, "job_not_found")
    path = f"/v1/jobs/{await made(service)}/report"
    assert_problem(await service.client.get(path, params={"format": "pdf"}), 422, "invalid_query")
