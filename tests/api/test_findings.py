"""What the coach finds: of a spec in the job's document, of a training in a list that can be waited for."""

import asyncio
import json
from typing import Any

from api.findings.schemas import FindingList
from api.jobs.schemas import CreatedJobDocument, DryRunDocument
from api.networks.schemas import InspectionDocument
from db.attempts import attempts, endings, findings, second_looks
from db.attempts.attempts import EpochRecord, Fence, Progress
from db.attempts.endings import Ending
from db.attempts.findings import NewFindings
from spec.diagnosis import RULES
from spec.ids import id_of
from spec.states import JobStatus
from tests.api import sse
from tests.api.service import Service, assert_problem
from tests.api.specs import digits


def linear() -> dict[str, Any]:
    """A job whose spec shows something: two layers in a row are one linear map."""
    spec = digits()
    del spec["network"]["layers"][1]["activation"]
    return spec


async def make(service: Service, spec: dict[str, Any]) -> dict[str, Any]:
    answer = await service.client.post("/v1/jobs", json=spec)
    assert answer.status_code == 201, answer.text
    CreatedJobDocument.model_validate_json(answer.content)
    return answer.json()


async def record(service: Service, fence: Fence, found: list[dict[str, Any]], epoch: int = 1) -> None:
    async with service.database.write() as connection:
        await attempts.record_epochs(connection, fence, [EpochRecord(epoch, {"loss": 1.0}, 0.5, Progress(0.1, None))])
        await findings.record(connection, fence, NewFindings(found, epoch))


async def read(service: Service, job_id: str, **options: Any) -> Any:  # noqa: ANN401 -- httpx's, and a response
    return await service.client.get(f"/v1/jobs/{job_id}/findings", **options)


async def test_what_a_spec_shows_stands_in_every_document_of_the_job(service: Service) -> None:
    job = await make(service, linear())
    (found,) = job["findings"]
    (remedy,) = found["remedies"]
    assert found["id"] == id_of("finding", job["id"], "missing_nonlinearity")
    facts = RULES["missing_nonlinearity"]
    assert {name: found[name] for name in ("rule", "severity", "cause", "layer", "epoch", "threshold", "unit")} == {
        "rule": "missing_nonlinearity",
        "severity": "hint",
        "cause": True,
        "layer": "dense",
        "epoch": None,
        "threshold": facts.threshold,
        "unit": facts.unit,
    }
    assert (found["title"], remedy["technique"]) == (facts.title, "nonlinearity")
    (listed,) = (await service.client.get("/v1/jobs", params={"ids": job["id"]})).json()["data"]
    shown = (await service.client.get(f"/v1/jobs/{job['id']}")).json()
    of_training = await read(service, job["id"])
    FindingList.model_validate_json(of_training.content)
    assert of_training.json() == {"object": "list", "data": [found], "is_final": False}
    assert listed["findings"] == shown["findings"] == [found]
    nameless = {**found, "id": None}
    asked = await service.client.post("/v1/jobs", json=linear(), params={"dry_run": "true"})
    DryRunDocument.model_validate_json(asked.content)
    assert asked.json()["findings"] == [nameless]
    parts = {name: linear()[name] for name in ("network", "dataset", "training")}
    inspected = await service.client.post("/v1/networks/inspect", json=parts)
    InspectionDocument.model_validate_json(inspected.content)
    assert inspected.json()["findings"] == [nameless]
    del parts["training"]
    assert (await service.client.post("/v1/networks/inspect", json=parts)).json()["findings"] == []
    # A remedy is what it says: the patch makes a job of which nothing is found.
    healed = await service.client.post(f"/v1/jobs/{job['id']}/derive", json={"patch": remedy["patch"]})
    assert healed.json()["findings"] == []


async def test_a_rule_that_is_left_out_finds_nothing(service: Service) -> None:
    spec = {**linear(), "coach": {"rules": {"missing_nonlinearity": False}}}
    assert (await make(service, spec))["findings"] == []
    strict = {**linear(), "coach": {"rules": {"missing_nonlinearity": {"threshold": 2}}}}
    assert (await make(service, strict))["findings"] == []


async def test_findings_are_told_as_they_come_and_are_final_with_the_job(service: Service) -> None:
    job = await make(service, digits())
    fence = await service.claim(job["id"])
    async with service.database.write() as connection:
        await attempts.record_started(connection, fence, epochs=3)
    first = await read(service, job["id"])
    assert first.json()["data"] == []
    same = await read(service, job["id"], headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    told: dict[str, Any] = {
        "object": "finding",
        "id": "finding_1",
        "rule": "dead_units",
        "severity": "error",
        "remedies": [],
    }
    waiting = asyncio.create_task(
        read(service, job["id"], headers={"If-None-Match": first.headers["ETag"]}, params={"wait_seconds": "30"})
    )
    await asyncio.sleep(0.3)
    # An epoch alone is no news.
    async with service.database.write() as connection:
        await attempts.record_epochs(connection, fence, [EpochRecord(1, {"loss": 1.0}, 0.5, Progress(0.1, None))])
    await record(service, fence, [told], 2)
    second = await waiting
    assert second.json() == {"object": "list", "data": [told], "is_final": False}
    unchanged = {"headers": {"If-None-Match": second.headers["ETag"]}, "params": {"wait_seconds": "0.2"}}
    assert (await read(service, job["id"], **unchanged)).status_code == 304
    await record(service, fence, [told], 3)
    async with service.database.write() as connection:
        await endings.finish(connection, fence, Ending(status=JobStatus.SUCCEEDED))
    last = await read(service, job["id"], params={"wait_seconds": "30"})
    assert last.json() == {"object": "list", "data": [told], "is_final": True}
    # In the stream it stands behind the epoch that showed it, and ahead of those that came later.
    assert [one.word for one in await sse.all_sent(service.client, job["id"])] == [
        *("job.created", "job.claimed", "job.started", "1:1", "1:2", "finding.new", "1:3", "job.succeeded")
    ]
    events = (await service.client.get(f"/v1/jobs/{job['id']}/events")).json()["data"]
    (data,) = [event["data"] for event in events if event["type"] == "finding.new"]
    assert data == {
        "attempt": 1,
        "after_epoch": 2,
        "id": "finding_1",
        "rule": "dead_units",
        "severity": "error",
    }


async def test_of_a_job_that_is_looked_at_once_more_they_are_final_after_that(service: Service) -> None:
    job = await make(service, digits())
    fence = await service.claim(job["id"])
    async with service.database.write() as connection:
        await attempts.record_started(connection, fence, epochs=3)
        await endings.finish(connection, fence, Ending(status=JobStatus.SUCCEEDED, is_awaiting=True))
    first = await read(service, job["id"])
    assert first.json() == {"object": "list", "data": [], "is_final": False}
    waiting = asyncio.create_task(read(service, job["id"], params={"wait_seconds": "30"}))
    await asyncio.sleep(0.3)
    found: dict[str, Any] = {
        "object": "finding",
        "id": "finding_1",
        "rule": "dead_units",
        "severity": "error",
        "remedies": [],
    }
    async with service.database.write() as connection:
        assert await second_looks.take(connection, job["id"]) == fence
        assert await findings.replace_beside(connection, fence, NewFindings([found], 2)) is None
    assert (await waiting).json() == {"object": "list", "data": [found], "is_final": True}
    # The stream has ended with the job; the list of events has it.
    assert [one.word for one in await sse.all_sent(service.client, job["id"])][-1] == "job.succeeded"
    events = (await service.client.get(f"/v1/jobs/{job['id']}/events")).json()["data"]
    assert [event["type"] for event in events][-2:] == ["job.succeeded", "finding.new"]


async def test_there_are_none_of_a_job_that_is_not_there(service: Service) -> None:
    assert_problem(await read(service, "job_01jgz8q6v5x0r3w2m4n6p8s9tb"), 404, "job_not_found")
    assert_problem(await read(service, "none", params={"wait_seconds": "5"}), 404, "job_not_found")


async def test_the_catalog_lists_the_rules(service: Service) -> None:
    rules = (await service.client.get("/v1/catalog")).json()["rules"]
    assert [rule["name"] for rule in rules] == list(RULES)
    assert json.dumps(rules[0]) == json.dumps(
        {"name": "diverged", "title": RULES["diverged"].title, "threshold": 1}
        | {"unit": RULES["diverged"].unit, "least": 1, "most": 1e30, "finds": "above"}
    )
