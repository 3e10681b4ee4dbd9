"""Two projects on one service: one has something of everything, the other asks for it on every route there is."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from api.access.scopes import OPEN
from api.app import RESOURCES
from coach.repairs.plan import Plan
from db.projects.quotas import Quotas
from services.quotas.guard import QuotaGuard
from services.repairs.planner import Planner
from spec.datasets.previews import PREVIEW_FILE
from tests.api.service import Service
from tests.api.specs import digits
from tests.data.reader import claim_of, end
from tests.data.senders import made as made_of
from tests.services.keys import bearer, make_key

FILE = "history.csv"
_PLACE = re.compile(r"\{(\w+)\}")
_NOT_FOUND, _SERVER_ERROR = 404, 500
_OPEN = OPEN.union(*(resource.open_paths for resource in RESOURCES))
_PART = "application/offset+octet-stream"
_NO_PLAN = Plan(None, [], [], [7], is_original_trained=False)
"""Of a repair that ends at once."""
_LIVE = {"Accept": "text/event-stream, */*;q=0.1"}


@dataclass
class Company:
    """Two projects.

    Attributes:
        theirs: A client of the project that has something.
        ours: A client of the one that has nothing.
        marks: Texts that stand in all that is theirs: ids, names, metadata, the project's own.
        places: What the parameters of paths are called, and which of their objects can be put there.
    """

    theirs: httpx.AsyncClient
    ours: httpx.AsyncClient
    marks: list[str]
    places: dict[str, str]

    def address(self, path: str) -> str:
        """A path of the document, with what is theirs in its places."""
        return _PLACE.sub(lambda found: self.places[found[1]], path)

    def leaks(self, answer: httpx.Response, *, asked: str = "") -> list[str]:
        """Texts of theirs in an answer, but for what the request itself said."""
        told = answer.text + json.dumps(list(answer.headers.items()))
        return [mark for mark in self.marks if mark not in asked and mark in told.replace(asked, "")]


@dataclass
class Findings:
    """What came of the walk: how many requests named something of theirs, and what went wrong."""

    tried: int = 0
    violations: list[str] = field(default_factory=list)


@asynccontextmanager
async def two_projects(service: Service, folder: Path) -> AsyncIterator[Company]:
    """Projects of their own; ``folder`` takes the file that is stored."""
    url = str(service.client.base_url)
    theirs, ours = f"theirs_{uuid4().hex}", f"ours_{uuid4().hex}"
    keys = [await make_key(service.database_url, project) for project in (theirs, ours)]
    async with (
        httpx.AsyncClient(base_url=url, timeout=30, headers=bearer(keys[0])) as owner,
        httpx.AsyncClient(base_url=url, timeout=30, headers=bearer(keys[1])) as stranger,
    ):
        mark = uuid4().hex
        hook = await _made(owner, "/v1/webhooks", {"url": f"https://example.invalid/{mark}", "description": mark}, mark)
        job = await _made(owner, "/v1/jobs", _job(mark), uuid4().hex)
        await service.record(job["id"], [{"loss": 0.123456789}], duration_seconds=1)
        await service.succeed(job["id"], {"note": mark}, files={FILE: mark.encode()}, folder=folder, repair=_NO_PLAN)
        await Planner(service.database, QuotaGuard(service.database, Quotas())).advance(job["id"])
        key = await _made(owner, "/v1/keys", {"name": mark, "scopes": ["read"]}, uuid4().hex)
        dataset = await made_of(owner, mark.encode(), {"name": mark})
        preview = folder / PREVIEW_FILE
        preview.write_text(json.dumps({"columns": ["a"], "rows": [[mark]], "row_numbers": [1], "total_rows": 1}))
        await end(service, await claim_of(service, dataset["id"]), {"rows": 1}, files=[preview])
        upload = await owner.post("/v1/uploads", headers={"Upload-Length": "8"})
        delivery, *_ = (await owner.get(f"/v1/webhooks/{hook['id']}/deliveries")).json()["data"]
        places = {
            "job_id": job["id"],
            "name": FILE,
            "key_id": key["id"],
            "webhook_id": hook["id"],
            "delivery_id": delivery["id"],
            "dataset_id": dataset["id"],
            "upload_id": upload.json()["id"],
        }
        own = [place for name, place in places.items() if name != "name"]
        yield Company(owner, stranger, [mark, theirs, *own], places)


async def trespass(company: Company) -> Findings:
    """Ask for all of theirs with our key, on every route and method that the service's document has.

    A route with a parameter that nothing of theirs is known for is a violation: a new kind of object belongs into
    `two_projects`.
    """
    found = Findings()
    document = (await company.ours.get("/openapi.json")).json()
    for path, item in document["paths"].items():
        names = _PLACE.findall(path)
        if unknown := set(names) - company.places.keys():
            found.violations.append(f"P: {path}: what is to be put in place of {sorted(unknown)}?")
            continue
        address = company.address(path)
        for method, operation in item.items():
            for body in _bodies(operation):
                for headers in await _headers(company, method, address):
                    sent = {**body.get("headers", {}), **headers}
                    answer = await company.ours.request(method, address, **{**body, "headers": sent})
                    where = f"P: {method} {path}: {answer.status_code} {answer.text}"
                    found.tried += bool(names)
                    if company.leaks(answer, asked=address):
                        found.violations.append(f"{where}: tells of another project")
                    if names and answer.status_code != _NOT_FOUND:
                        found.violations.append(f"{where}: not 404")
                    if answer.status_code >= _SERVER_ERROR and path not in _OPEN:
                        found.violations.append(where)
    return found


def _job(mark: str) -> dict[str, Any]:
    return digits(name=f"job {mark}", metadata={"secret": mark}, coach={"repair": True})


async def _made(client: httpx.AsyncClient, path: str, body: Mapping[str, Any], key: str) -> dict[str, Any]:
    answer = await client.post(path, json=body, headers={"Idempotency-Key": key})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def _bodies(operation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the document shows as examples of an operation's body, as httpx takes them; or a part of a file."""
    content = operation.get("requestBody", {}).get("content", {})
    if _PART in content:
        return [{"content": b"a", "headers": {"Content-Type": _PART, "Upload-Offset": "0"}}]
    told = content.get("application/json", {}).get("examples", {})
    return [{"json": example["value"]} for example in told.values()] or [{}]


async def _headers(company: Company, method: str, address: str) -> list[dict[str, str]]:
    """None; and of reading also those that may lead to an answer of another kind: their ETag, a live stream."""
    if method != "get":
        return [{}]
    etag = (await company.theirs.get(address)).headers.get("ETag")
    return [{}, _LIVE, *([{"If-None-Match": etag}] if etag else [])]
