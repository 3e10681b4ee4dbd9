"""Row 29 of the fault matrix: one project asks for all that is another's, on every route of the document."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.scopes import OPEN
from spec.ids import new_id
from tests.api.service import Service, assert_problem
from tests.api.specs import digits
from tests.services.keys import bearer, make_key

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass
class Company:
    """Two projects on one service.

    Attributes:
        theirs: A client of the project that has something.
        ours: A client of the one that has nothing.
        marks: Texts that stand in all that is theirs: ids, names, metadata.
        places: What a path's parameters are called, and which of their objects can be put there.
    """

    service: Service
    theirs: httpx.AsyncClient
    ours: httpx.AsyncClient
    marks: list[str]
    places: dict[str, str]


@pytest.fixture
async def company(service: Service, tmp_path: Path) -> AsyncIterator[Company]:
    url = str(service.client.base_url)
    database_url = service.database_url
    theirs, ours = f"theirs_{uuid4().hex}", f"ours_{uuid4().hex}"
    async with (
        httpx.AsyncClient(base_url=url, timeout=30, headers=bearer(await make_key(database_url, theirs))) as owner,
        httpx.AsyncClient(base_url=url, timeout=30, headers=bearer(await make_key(database_url, ours))) as stranger,
    ):
        mark = uuid4().hex
        spec = digits(name=f"job {mark}", metadata={"secret": mark})
        job = (await owner.post("/v1/jobs", json=spec, headers={"Idempotency-Key": mark})).json()
        await service.record(job["id"], [{"loss": 0.123456789}], duration_seconds=1)
        await service.succeed(job["id"], {"note": mark}, files={"history.csv": mark.encode()}, folder=tmp_path)
        key = (await owner.post("/v1/keys", json={"name": mark, "scopes": ["read"]})).json()
        hook = (await owner.post("/v1/webhooks", json={"url": "https://example.com/hook", "description": mark})).json()
        test = (await owner.post(f"/v1/webhooks/{hook['id']}/test")).json()
        marks = [mark, job["id"], key["id"], theirs, hook["id"], test["id"]]
        places = {
            "job_id": job["id"],
            "name": "history.csv",
            "key_id": key["id"],
            "webhook_id": hook["id"],
            "delivery_id": test["id"],
        }
        yield Company(service, owner, stranger, marks, places)


def assert_nothing_of(marks: list[str], answer: httpx.Response, asked: str = "") -> None:
    """No text of theirs, but for what the request itself said."""
    told = answer.text + json.dumps(list(answer.headers.items()))
    assert [mark for mark in marks if mark in told.replace(asked, "") and mark not in asked] == []


def bodies(operation: dict[str, Any]) -> list[Any]:
    """What the document shows as examples of an operation's body."""
    content = operation.get("requestBody", {}).get("content", {})
    return [example["value"] for shown in content.values() for example in shown["examples"].values()] or [None]


async def test_nothing_of_another_project_is_seen_on_any_route(company: Company) -> None:
    document = (await company.ours.get("/openapi.json")).json()
    asked_for = 0
    for path, item in document["paths"].items():
        names = _PLACE.findall(path)
        assert set(names) <= company.places.keys(), f"{path}: what is to be put there?"
        address = _PLACE.sub(lambda found: company.places[found[1]], path)
        for method, operation in item.items():
            for body in bodies(operation):
                answer = await company.ours.request(method, address, json=body)
                assert_nothing_of(company.marks, answer, asked=address)
                if names and answer.status_code != 422:  # a body of example is not one for every object
                    assert answer.status_code == 404, (method, path, answer.text)
                    asked_for += 1
                    continue
                assert answer.status_code < 500 or path in OPEN, (method, path, answer.text)
    assert asked_for > 10


async def test_what_is_theirs_is_still_there(company: Company) -> None:
    """The counter-proof of the test before: the same requests find it with the right key."""
    job_id = company.places["job_id"]
    for rest in ("", "/results", "/metrics", "/events", "/attempts", "/artifacts", "/artifacts/history.csv"):
        answer = await company.theirs.get(f"/v1/jobs/{job_id}{rest}")
        assert answer.status_code == 200, answer.text
    assert company.marks[0] in (await company.theirs.get("/v1/jobs")).text
    assert company.marks[0] in (await company.theirs.get(f"/v1/jobs/{job_id}/results")).text


async def test_filters_cursors_and_keys_of_requests_lead_to_nothing_of_theirs(company: Company) -> None:
    mark, job_id, key_id, *_ = company.marks
    for query in (f"name=job {mark}", f"metadata[secret]={mark}", "dataset=digits", "status=succeeded"):
        answer = await company.ours.get(f"/v1/jobs?{query}")
        assert answer.json()["data"] == [], query
        assert [job["id"] for job in (await company.theirs.get(f"/v1/jobs?{query}")).json()["data"]] == [job_id]
    for path in ("/v1/jobs", "/v1/keys", "/v1/audit"):
        await company.theirs.post("/v1/jobs", json=digits())
        await company.theirs.post("/v1/keys", json={"scopes": ["read"]})
        cursor = (await company.theirs.get(f"{path}?limit=1")).json()["next_cursor"]
        assert cursor is not None
        assert_nothing_of(company.marks, await company.ours.get(f"{path}?cursor={cursor}"))
    # The same key of a request is another key in another project: nothing of the first answer comes back.
    again = await company.ours.post("/v1/jobs", json=digits(name="ours"), headers={"Idempotency-Key": mark})
    assert again.status_code == 201
    assert "Idempotent-Replayed" not in again.headers
    assert_nothing_of([job_id, key_id], again)


async def test_a_job_that_is_not_there_looks_as_one_of_another_project(company: Company) -> None:
    job_id, none = company.places["job_id"], new_id("job")
    for rest in ("", "/results", "/metrics", "/events", "/artifacts"):
        theirs, nobodys = [await company.ours.get(f"/v1/jobs/{each}{rest}") for each in (job_id, none)]
        assert_problem(theirs, 404, "job_not_found")
        blank = {"request_id": ""}
        told = json.loads(theirs.text.replace(job_id, none)) | blank
        assert told == nobodys.json() | blank
