import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.jobs.schemas import CreatedJobDocument, DryRunDocument, JobDocument
from db.queue.claims import claim_next
from spec.ids import is_id
from tests.api.service import Service, assert_problem
from tests.api.specs import digits

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
FIELDS = {
    "object",
    "findings",
    "id",
    "name",
    "status",
    "spec",
    "created_at",
    "started_at",
    "ended_at",
    "attempt",
    "progress",
    "latest_metrics",
    "error",
    "parent",
    "sweep",
    "initial_weights",
    "metadata",
    "queue_position",
}


async def create(service: Service, **changes: object) -> dict[str, Any]:
    answer = await service.client.post("/v1/jobs", json=digits(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_sound_job_is_queued(service: Service) -> None:
    sent = digits(name="é 1", metadata={"team": "vision"}, resources={"priority": 3})
    answer = await service.client.post("/v1/jobs", json=sent)
    assert answer.status_code == 201
    job = answer.json()
    CreatedJobDocument.model_validate_json(answer.content)
    assert answer.headers["Location"] == f"/v1/jobs/{job['id']}"
    assert set(job) == FIELDS | {"warnings"}
    assert is_id(job["id"], "job")
    assert TIME.fullmatch(job["created_at"])
    assert abs(datetime.fromisoformat(job["created_at"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert (job["object"], job["name"], job["status"], job["metadata"]) == ("job", "é 1", "queued", {"team": "vision"})
    assert (job["started_at"], job["ended_at"], job["attempt"]) == (None, None, 0)
    assert job["progress"] == {"epoch": 0, "epochs": 3, "fraction": 0.0, "eta_seconds": None}
    assert (job["latest_metrics"], job["error"], job["parent"], job["sweep"]) == (None, None, None, None)
    assert job["queue_position"] >= 1
    assert job["warnings"] == []
    assert job["spec"]["network"] == sent["network"]
    assert job["spec"]["dataset"] == "digits"

    read = await service.client.get(answer.headers["Location"])
    assert read.status_code == 200
    JobDocument.model_validate_json(read.content)
    assert {**job, "queue_position": 0} == {**read.json(), "queue_position": 0, "warnings": []}
    (event,) = (await service.client.get(f"/v1/jobs/{job['id']}/events")).json()["data"]
    assert event["type"] == "job.created"


async def test_what_was_left_open_is_filled_in(service: Service) -> None:
    spec = (await create(service))["spec"]
    assert {name: spec["training"][name] for name in ("batch_size", "shuffle", "epochs")} == {
        "batch_size": 32,
        "shuffle": True,
        "epochs": 3,
    }
    assert spec["training"]["optimizer"] == {"type": "SGD", "learning_rate": 0.01}
    assert (spec["resources"]["accelerator"], spec["resources"]["max_attempts"]) == ("any", 3)


async def test_a_job_for_two_gpus_is_for_slots_that_have_them_and_for_no_cpu(service: Service) -> None:
    job = await create(service, resources={"gpus": 2})
    assert (job["spec"]["resources"]["accelerator"], job["spec"]["resources"]["gpus"]) == ("any", 2)

    async def claimed(accelerator: str, gpus: int) -> str | None:
        async with service.database.write() as connection:
            claim = await claim_next(connection, "worker_1", 0, [accelerator], 600, gpus=gpus)
        return None if claim is None else claim.job_id

    while (other := await claimed("cpu", 8)) is not None:
        assert other != job["id"]
    while (other := await claimed("gpu", 1)) is not None:
        assert other != job["id"]
    assert await claimed("gpu", 2) == job["id"]


async def test_a_missing_seed_is_drawn_and_told(service: Service) -> None:
    seeds = {(await create(service))["spec"]["training"]["seed"] for _ in range(3)}
    assert len(seeds) == 3
    assert all(0 <= seed < 2**32 for seed in seeds)
    training = {**digits()["training"], "seed": 7}
    assert (await create(service, training=training))["spec"]["training"]["seed"] == 7


async def test_the_spec_told_is_a_spec_that_can_be_sent_again(service: Service) -> None:
    job = await create(service, metadata={"a": "b"})
    again = await service.client.post("/v1/jobs", json=job["spec"])
    assert again.status_code == 201, again.text
    assert again.json()["spec"] == job["spec"]


async def test_numbers_larger_than_64_bits_are_kept(service: Service) -> None:
    training = {**digits()["training"], "optimizer": {"type": "SGD", "learning_rate": 0.1, "clipnorm": 10**25}}
    job = await create(service, training=training)
    assert job["spec"]["training"]["optimizer"]["clipnorm"] == 10**25
    assert (await service.client.get(f"/v1/jobs/{job['id']}")).json()["spec"] == job["spec"]


async def test_what_is_doubtful_is_told_and_accepted(service: Service) -> None:
    layers = [
        {"type": "Flatten"},
        {"type": "Dense", "units": 10, "activation": "selu", "kernel_initializer": "he_normal"},
        {"type": "Dense", "units": 10, "activation": "softmax"},
    ]
    (warning,) = (await create(service, network={"layers": layers}))["warnings"]
    assert set(warning) == {"pointer", "message", "code"}
    assert warning["pointer"].startswith("/network/layers/1")
    assert "lecun_normal" in warning["message"]


async def test_a_dry_run_creates_nothing(service: Service) -> None:
    before = await service.count_rows()
    answer = await service.client.post("/v1/jobs?dry_run=true", json=digits(name="only asked"))
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    DryRunDocument.model_validate_json(answer.content)
    job = answer.json()
    assert set(job) == FIELDS | {"warnings", "summary", "dry_run"}
    assert (job["id"], job["created_at"], job["status"], job["name"]) == (None, None, "queued", "only asked")
    assert job["summary"]["total_parameters"] == 64 * 16 + 16 + 16 * 10 + 10
    assert job["progress"]["epochs"] == 3
    assert await service.count_rows() == before


async def test_many_at_once_are_all_created_once(service: Service) -> None:
    name = uuid4().hex
    answers = await asyncio.gather(
        *(service.client.post("/v1/jobs", json=digits(name=name)) for _ in range(30)),
    )
    assert [answer.status_code for answer in answers] == [201] * 30
    listed = (await service.client.get("/v1/jobs", params={"name": name, "limit": 100})).json()["data"]
    assert sorted(job["id"] for job in listed) == sorted(answer.json()["id"] for answer in answers)


async def test_pages_hold_every_job_once_newest_first(service: Service) -> None:
    name = uuid4().hex
    made = [(await create(service, name=name))["id"] for _ in range(7)]
    seen: list[str] = []
    parameters: dict[str, Any] = {"name": name, "limit": 3}
    sizes: list[int] = []
    while True:
        page = (await service.client.get("/v1/jobs", params=parameters)).json()
        assert page["object"] == "list"
        assert page["has_more"] is (page["next_cursor"] is not None)
        seen += [job["id"] for job in page["data"]]
        sizes.append(len(page["data"]))
        if not page["has_more"]:
            break
        await create(service, name=name)  # what comes later does not move the pages behind
        parameters["cursor"] = page["next_cursor"]
    assert seen == made[::-1]
    assert sizes == [3, 3, 1]


async def test_a_full_last_page_has_no_next(service: Service) -> None:
    name = uuid4().hex
    for _ in range(2):
        await create(service, name=name)
    page = (await service.client.get("/v1/jobs", params={"name": name, "limit": 2})).json()
    assert (len(page["data"]), page["has_more"], page["next_cursor"]) == (2, False, None)


async def test_listed_jobs_are_as_read_ones(service: Service) -> None:
    name = uuid4().hex
    await create(service, name=name)
    (listed,) = (await service.client.get("/v1/jobs", params={"name": name})).json()["data"]
    assert listed == (await service.client.get(f"/v1/jobs/{listed['id']}")).json()


async def test_jobs_are_found_by_what_they_say(service: Service) -> None:
    name = uuid4().hex
    plain = await create(service, name=name)
    labelled = await create(service, name=name, metadata={"k": "v 1", "other": "x"})
    cancelled = await create(service, name=name, dataset="digits", metadata={"k": "v 1"})
    await service.client.post(f"/v1/jobs/{cancelled['id']}/cancel")

    async def found(**parameters: str) -> list[str]:
        answer = await service.client.get("/v1/jobs", params={"name": name, **parameters})
        assert answer.status_code == 200, answer.text
        return [job["id"] for job in answer.json()["data"]]

    assert await found(status="cancelled") == [cancelled["id"]]
    assert await found(status="queued") == [labelled["id"], plain["id"]]
    assert await found(status="cancelled,queued") == [cancelled["id"], labelled["id"], plain["id"]]
    assert await found(ids=f"{plain['id']},job_{26 * '0'},{cancelled['id']}") == [cancelled["id"], plain["id"]]
    assert await found(**{"metadata[k]": "v 1"}) == [cancelled["id"], labelled["id"]]
    assert await found(**{"metadata[k]": "v 1", "metadata[other]": "x"}) == [labelled["id"]]
    assert await found(dataset="iris") == []
    assert await found(sweep="none") == []
    assert await found(parent=plain["id"]) == []
    assert await found(created_before=labelled["created_at"]) == [plain["id"]]
    assert await found(created_after=labelled["created_at"]) == [cancelled["id"]]
    assert len(await found(created_after="0001-01-01T00:00:00Z", created_before="9999-12-31T23:59:59.999999Z")) == 3
    assert await found(created_after=(datetime.now(UTC) + timedelta(hours=1)).isoformat()) == []


async def test_a_queued_job_is_cancelled_at_once_and_once(service: Service) -> None:
    job = await create(service)
    first = await service.client.post(f"/v1/jobs/{job['id']}/cancel")
    assert first.status_code == 200
    JobDocument.model_validate_json(first.content)
    assert first.json()["status"] == "cancelled"
    assert first.json()["queue_position"] is None
    assert TIME.fullmatch(first.json()["ended_at"])
    again = await service.client.post(f"/v1/jobs/{job['id']}/cancel")
    assert (again.status_code, again.json()) == (200, first.json())
    events = (await service.client.get(f"/v1/jobs/{job['id']}/events")).json()["data"]
    assert [event["type"] for event in events].count("job.cancelled") == 1


async def test_an_ended_job_cannot_be_cancelled(service: Service) -> None:
    job = await create(service)
    await service.succeed(job["id"])
    told = assert_problem(await service.client.post(f"/v1/jobs/{job['id']}/cancel"), 409, "job_already_ended")
    assert "succeeded" in told["detail"]


async def test_a_running_job_is_asked_to_stop(service: Service) -> None:
    job = await create(service)
    await service.claim(job["id"])
    answers = [await service.client.post(f"/v1/jobs/{job['id']}/cancel") for _ in range(2)]
    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [(200, "running")] * 2


async def test_queue_positions_follow_priority_then_age(service: Service) -> None:
    top = 90
    low, high = [await create(service, resources={"priority": priority}) for priority in (top - 1, top)]
    positions = {}
    for job in (low, high):
        positions[job["id"]] = (await service.client.get(f"/v1/jobs/{job['id']}")).json()["queue_position"]
    assert positions[low["id"]] == positions[high["id"]] + 1
    for job in (low, high):
        await service.client.post(f"/v1/jobs/{job['id']}/cancel")


async def test_the_outbox_is_emptied_behind_the_request(service: Service) -> None:
    job = await create(service)
    for _ in range(100):
        if job["id"] not in await service.outbox():
            return
        await asyncio.sleep(0.05)
    pytest.fail("the hint was not published")


async def test_head_is_answered_as_get_without_a_body(service: Service) -> None:
    job = await create(service)
    got = await service.client.get(f"/v1/jobs/{job['id']}")
    head = await service.client.head(f"/v1/jobs/{job['id']}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.content))
    assert json.loads(got.content)["id"] == job["id"]
