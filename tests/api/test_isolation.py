"""One project asks for all that is another's: by ids, by filters, by cursors, by the keys of requests."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from spec.ids import new_id
from tests.api.service import Service, assert_problem
from tests.api.specs import digits
from tests.api.strangers import FILE, Company, trespass, two_projects


@pytest.fixture
async def company(service: Service, tmp_path: Path) -> AsyncIterator[Company]:
    async with two_projects(service, tmp_path) as opened:
        yield opened


async def test_nothing_of_another_project_is_seen_on_any_route(company: Company) -> None:
    found = await trespass(company)
    assert found.violations == []
    assert found.tried > 30


async def test_what_is_theirs_is_still_there(company: Company) -> None:
    """The counter-proof of the test before: the same requests find it with the right key."""
    document = (await company.theirs.get("/openapi.json")).json()
    for path, item in document["paths"].items():
        if "get" in item and "{" in path:
            answer = await company.theirs.get(company.address(path))
            assert answer.status_code == 200, answer.text
    job_id = company.places["job_id"]
    for path in ("/v1/jobs", f"/v1/jobs/{job_id}/results", f"/v1/jobs/{job_id}/artifacts/{FILE}", "/v1/webhooks"):
        assert company.marks[0] in company.leaks(await company.theirs.get(path))
    for path in ("/v1/audit", "/v1/keys"):
        assert company.leaks(await company.theirs.get(path)) != []


async def test_filters_and_cursors_lead_to_nothing_of_theirs(company: Company) -> None:
    mark, job_id = company.marks[0], company.places["job_id"]
    for query in (f"name=job {mark}", f"metadata[secret]={mark}", "dataset=digits", "status=succeeded"):
        answer = await company.ours.get(f"/v1/jobs?{query}")
        assert answer.json()["data"] == [], query
        assert [job["id"] for job in (await company.theirs.get(f"/v1/jobs?{query}")).json()["data"]] == [job_id]
    for path, body in (
        ("/v1/jobs", digits()),
        ("/v1/keys", {"scopes": ["read"]}),
        ("/v1/webhooks", {"url": "https://example.invalid/2"}),
        ("/v1/audit", None),
    ):
        if body is not None:
            assert (await company.theirs.post(path, json=body)).status_code == 201
        cursor = (await company.theirs.get(f"{path}?limit=1")).json()["next_cursor"]
        assert cursor is not None
        answer = await company.ours.get(f"{path}?cursor={cursor}")
        assert (answer.status_code, company.leaks(answer)) == (200, [])


async def test_the_same_key_of_a_request_is_another_in_each_project(company: Company) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "/v1/jobs": digits(),
        "/v1/keys": {"scopes": ["read"]},
        "/v1/webhooks": {"url": "https://example.invalid/3"},
    }
    for path, body in bodies.items():
        headers = {"Idempotency-Key": uuid4().hex}
        first = await company.theirs.post(path, json=body, headers=headers)
        second = await company.ours.post(path, json=body, headers=headers)
        assert (first.status_code, second.status_code) == (201, 201)
        assert "Idempotent-Replayed" not in second.headers
        assert first.json()["id"] not in second.text
    theirs = {"Idempotency-Key": uuid4().hex}
    path = f"/v1/jobs/{company.places['job_id']}/derive"
    assert (await company.theirs.post(path, json={"patch": []}, headers=theirs)).status_code == 201
    assert_problem(await company.ours.post(path, json={"patch": []}, headers=theirs), 404, "job_not_found")


async def test_a_job_that_is_not_there_looks_as_one_of_another_project(company: Company) -> None:
    job_id, none = company.places["job_id"], new_id("job")
    for rest in ("", "/results", "/metrics", "/events", "/artifacts"):
        theirs, nobodys = [await company.ours.get(f"/v1/jobs/{each}{rest}") for each in (job_id, none)]
        assert_problem(theirs, 404, "job_not_found")
        blank = {"request_id": ""}
        told = json.loads(theirs.text.replace(job_id, none)) | blank
        assert told == nobodys.json() | blank
