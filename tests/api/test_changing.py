"""``PATCH /v1/jobs/{id}``: another name, other metadata, nothing else."""

import asyncio
from typing import Any

import httpx
import pytest

from api.jobs.schemas import JobDocument
from db.attempts import attempts
from db.attempts.attempts import EpochRecord, Progress
from tests.api.service import Service, assert_problem
from tests.api.specs import digits

MERGE_PATCH = "application/merge-patch+json"


async def make(service: Service, **changes: object) -> dict[str, Any]:
    answer = await service.client.post("/v1/jobs", json=digits(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def patch(service: Service, job_id: str, body: object, **headers: str) -> httpx.Response:
    return await service.client.patch(f"/v1/jobs/{job_id}", json=body, headers=headers)


async def read(service: Service, job_id: str) -> httpx.Response:
    answer = await service.client.get(f"/v1/jobs/{job_id}")
    JobDocument.model_validate_json(answer.content)
    return answer


async def found(service: Service, **query: str) -> list[str]:
    return [job["id"] for job in (await service.client.get("/v1/jobs", params=query)).json()["data"]]


async def changes_in_the_log(service: Service, job_id: str) -> int:
    entries = (await service.client.get("/v1/audit", params={"limit": 100})).json()["data"]
    return sum((entry["action"], entry["object_id"]) == ("job.change", job_id) for entry in entries)


async def test_what_is_said_is_merged_and_the_rest_stays(service: Service) -> None:
    job = await make(service, name="first", metadata={"team": "vision", "stage": "draft"})
    before = await read(service, job["id"])
    answer = await patch(service, job["id"], {"name": "second", "metadata": {"stage": None, "owner": "äb"}})
    assert answer.status_code == 200, answer.text
    JobDocument.model_validate_json(answer.content)
    now = await read(service, job["id"])
    assert answer.json() == now.json()
    assert answer.headers["ETag"] == now.headers["ETag"] != before.headers["ETag"]
    assert now.json() == before.json() | {
        "name": "second",
        "metadata": {"team": "vision", "owner": "äb"},
        "spec": before.json()["spec"] | {"name": "second", "metadata": {"team": "vision", "owner": "äb"}},
    }
    assert await changes_in_the_log(service, job["id"]) == 1


async def test_null_removes_the_name_and_all_metadata(service: Service) -> None:
    job = await make(service, name="first", metadata={"team": "vision"})
    answer = await patch(service, job["id"], {"name": None, "metadata": None})
    assert (answer.json()["name"], answer.json()["metadata"]) == (None, {})
    assert not {"name", "metadata"} & answer.json()["spec"].keys()
    again = await service.client.post("/v1/jobs", json=answer.json()["spec"])
    assert again.status_code == 201, "the spec can be sent as it is"


async def test_lists_find_the_new_and_no_longer_the_old(service: Service) -> None:
    job = await make(service, name="found by this", metadata={"run": "changing-1", "kept": "changing-2"})
    await patch(service, job["id"], {"name": "found by that", "metadata": {"run": "changing-3"}})
    assert job["id"] in await found(service, name="found by that")
    assert job["id"] not in await found(service, name="found by this")
    assert await found(service, **{"metadata[run]": "changing-1"}) == []
    assert await found(service, **{"metadata[run]": "changing-3", "metadata[kept]": "changing-2"}) == [job["id"]]


async def test_what_is_derived_begins_with_the_new(service: Service) -> None:
    job = await make(service, name="first")
    await patch(service, job["id"], {"name": "second", "metadata": {"team": "vision"}})
    child = await service.client.post(f"/v1/jobs/{job['id']}/derive", json={"patch": []})
    assert (child.json()["name"], child.json()["metadata"]) == ("second", {"team": "vision"})


async def test_a_first_answer_stays_what_it_was(service: Service) -> None:
    sent = {"json": digits(name="first"), "headers": {"Idempotency-Key": "changed later"}}
    first = await service.client.post("/v1/jobs", **sent)
    await patch(service, first.json()["id"], {"name": "second", "metadata": {"a": "b"}})
    again = await service.client.post("/v1/jobs", **sent)
    assert (again.status_code, again.content) == (first.status_code, first.content)


async def test_numbers_of_the_spec_stay_what_they_are(service: Service) -> None:
    spec = digits(name="numbers")
    spec["training"]["optimizer"] = {"type": "SGD", "learning_rate": 1e-300, "momentum": 0.1}
    spec["training"]["class_weight"] = {"0": 1.0, "1": 2}
    job = (await service.client.post("/v1/jobs", json=spec)).json()
    before = (await read(service, job["id"])).json()["spec"]
    answer = await patch(service, job["id"], {"name": "else"})
    assert answer.json()["spec"] == before | {"name": "else"}
    assert answer.json()["spec"]["training"]["optimizer"]["learning_rate"] == 1e-300


@pytest.mark.parametrize("body", [{}, {"name": "same"}, {"metadata": {"a": "b", "none": None}}, {"metadata": {}}])
async def test_what_changes_nothing_leaves_no_trace(service: Service, body: dict[str, Any]) -> None:
    job = await make(service, name="same", metadata={"a": "b"})
    before = await read(service, job["id"])
    answer = await patch(service, job["id"], body)
    assert (answer.status_code, answer.json()) == (200, before.json())
    assert answer.headers["ETag"] == before.headers["ETag"]
    assert await changes_in_the_log(service, job["id"]) == 0


async def test_a_job_is_changed_in_any_state(service: Service) -> None:
    job_id = (await make(service))["id"]
    await service.client.post(f"/v1/jobs/{job_id}/pause")
    assert (await patch(service, job_id, {"name": "paused"})).json()["status"] == "paused"
    await service.client.post(f"/v1/jobs/{job_id}/resume")
    await service.record(job_id, [{"loss": 1.0}], duration_seconds=0.1)
    assert (await patch(service, job_id, {"name": "running"})).json()["status"] == "running"
    await service.succeed(job_id, {"final_metrics": {"loss": 1.0}})
    answer = await patch(service, job_id, {"name": "ended"})
    assert (answer.json()["status"], answer.json()["name"]) == ("succeeded", "ended")
    assert (await service.client.get(f"/v1/jobs/{job_id}/results")).json()["final_metrics"] == {"loss": 1.0}


@pytest.mark.parametrize(
    "field", ["training", "network", "dataset", "resources", "status", "priority", "epochs", "spec", "learning_rate"]
)
async def test_nothing_else_can_be_changed(service: Service, field: str) -> None:
    job = await make(service, name="first")
    answer = await patch(service, job["id"], {"name": "second", field: {}})
    (fault,) = assert_problem(answer, 422, "invalid_body")["errors"]
    assert fault["pointer"] == f"/{field}"
    assert fault["code"] == ("unknown_field" if field == "learning_rate" else "unchangeable_field")
    assert field == "learning_rate" or "/v1/jobs/{id}/" in fault["message"]
    assert (await read(service, job["id"])).json()["name"] == "first", "a faulty change changes nothing"


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ([], [""]),
        ({"name": ""}, ["/name"]),
        ({"name": "x" * 201, "metadata": {"": "a", "b": "x" * 513}}, ["/metadata/", "/metadata/b", "/name"]),
        ({"name": 1, "metadata": []}, ["/metadata", "/name"]),
        ({"metadata": {"a": 1}}, ["/metadata/a"]),
        ({"metadata": {"x" * 65: "a"}}, ["/metadata/" + "x" * 65]),
        ({"metadata": {f"k{number}": "v" for number in range(17)}}, ["/metadata"]),
        ({"metadata": {f"k{number}": None for number in range(33)}}, ["/metadata"]),
        ({"tags": {"a": "b"}}, ["/tags"]),
        ({"nam": "a"}, ["/nam"]),
    ],
)
async def test_what_is_wrong_is_told_all_at_once(service: Service, body: object, pointers: list[str]) -> None:
    job = await make(service)
    told = assert_problem(await patch(service, job["id"], body), 422, "invalid_body")
    assert sorted({fault["pointer"] for fault in told["errors"]}) == pointers


async def test_sixteen_pairs_are_the_most_with_those_that_stay(service: Service) -> None:
    job = await make(service, metadata={f"k{number}": "v" for number in range(15)})
    full = await patch(service, job["id"], {"metadata": {"k15": "v"}})
    assert len(full.json()["metadata"]) == 16
    told = assert_problem(await patch(service, job["id"], {"metadata": {"k16": "v"}}), 422, "invalid_body")
    assert [fault["pointer"] for fault in told["errors"]] == ["/metadata"]
    swapped = await patch(service, job["id"], {"metadata": {"k16": "v", "k0": None}})
    assert swapped.status_code == 200


async def test_the_body_may_be_called_a_merge_patch_and_nothing_but_json(service: Service) -> None:
    job = await make(service)
    for media_type, status in ((MERGE_PATCH, 200), ("application/json", 200), ("text/plain", 415)):
        headers = {"Content-Type": media_type}
        answer = await service.client.patch(f"/v1/jobs/{job['id']}", content=b'{"name":"a"}', headers=headers)
        assert answer.status_code == status, media_type


async def test_a_state_that_is_no_more_is_refused(service: Service) -> None:
    job = await make(service, name="first")
    tag = (await read(service, job["id"])).headers["ETag"]
    assert (await patch(service, job["id"], {"name": "second"}, **{"If-Match": tag})).status_code == 200
    for stale in (tag, '"1"', f"{tag}, {tag}", "no tag"):
        answer = await patch(service, job["id"], {"name": "third"}, **{"If-Match": stale})
        assert_problem(answer, 412, "job_changed")
    assert (await read(service, job["id"])).json()["name"] == "second"
    current = (await read(service, job["id"])).headers["ETag"]
    for fresh in (current, f"{tag}, {current}", current.removeprefix("W/"), "*"):
        answer = await patch(service, job["id"], {"name": "second"}, **{"If-Match": fresh})
        assert answer.status_code == 200, fresh


async def test_a_place_in_the_queue_is_no_change_of_the_job(service: Service) -> None:
    first = await make(service)
    job = await make(service, name="behind")
    tag = (await read(service, job["id"])).headers["ETag"]
    await service.client.post(f"/v1/jobs/{first['id']}/cancel")
    for _ in range(100):  # places are of the last second
        if (await read(service, job["id"])).headers["ETag"] != tag:
            break
        await asyncio.sleep(0.05)
    else:
        raise AssertionError("the job is at the same place")
    answer = await patch(service, job["id"], {"name": "before"}, **{"If-Match": tag})
    assert answer.status_code == 200, answer.text


async def test_who_waits_hears_of_it(service: Service) -> None:
    job = await make(service, name="first")
    path = f"/v1/jobs/{job['id']}?wait_seconds=30"
    tag = (await read(service, job["id"])).headers["ETag"]
    waiting = asyncio.create_task(service.client.get(path, headers={"If-None-Match": tag}))
    await asyncio.sleep(0.2)
    await patch(service, job["id"], {"name": "second"})
    assert (await asyncio.wait_for(waiting, 10)).json()["name"] == "second"


async def test_changes_at_once_and_a_workers_writes_lose_nothing_of_one_another(service: Service) -> None:
    job_id = (await make(service))["id"]
    await service.record(job_id, [{"loss": 9.0}], duration_seconds=0.1)
    fence = service.fences[job_id]

    async def train() -> None:
        for epoch in range(2, 12):
            async with service.database.write() as connection:
                row = EpochRecord(epoch, {"loss": 1.0 / epoch}, 0.1, Progress(epoch / 12, 1.0))
                await attempts.record_epochs(connection, fence, [row])

    patches = [patch(service, job_id, {"metadata": {f"k{number}": str(number)}}) for number in range(12)]
    answers = (await asyncio.gather(train(), *patches))[1:]
    assert [answer.status_code for answer in answers] == [200] * 12
    job = (await read(service, job_id)).json()
    expected = {f"k{number}": str(number) for number in range(12)}
    assert job["metadata"] == job["spec"]["metadata"] == expected
    assert (job["progress"]["epoch"], job["latest_metrics"]) == (11, {"loss": 1.0 / 11})
    assert await changes_in_the_log(service, job_id) == 12
    for key, value in expected.items():
        assert job_id in await found(service, **{f"metadata[{key}]": value})


async def test_a_job_that_is_not_there_is_not_found(service: Service) -> None:
    for job_id in ("job_" + "0" * 26, "nonsense", await service.make_in("changing")):
        assert_problem(await patch(service, job_id, {"name": "a"}), 404, "job_not_found")
