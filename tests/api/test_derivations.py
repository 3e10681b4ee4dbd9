"""Jobs derived by a patch: what comes of it, and what is said of a patch that cannot be applied or leads astray."""

import time
from typing import Any
from uuid import uuid4

import httpx

from api.jobs.schemas import CreatedJobDocument, DryRunDocument
from tests.api.service import Service, assert_problem
from tests.api.specs import digits

Patch = list[dict[str, Any]]


async def make(service: Service, **fields: object) -> dict[str, Any]:
    answer = await service.client.post("/v1/jobs", json=digits(**fields))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def derive(service: Service, job_id: str, patch: object, **options: Any) -> httpx.Response:  # noqa: ANN401 -- httpx's
    return await service.client.post(f"/v1/jobs/{job_id}/derive", json={"patch": patch}, **options)


async def test_a_child_is_its_parent_but_for_the_patch(service: Service) -> None:
    parent = await make(service, name="parent", metadata={"team": "vision"})
    patch = [
        {"op": "add", "path": "/name", "value": "child"},
        {"op": "test", "path": "/training/seed", "value": parent["spec"]["training"]["seed"]},
        {"op": "replace", "path": "/training/epochs", "value": 7},
        {"op": "add", "path": "/network/layers/1", "value": {"type": "BatchNormalization"}},
    ]
    asked = await derive(service, parent["id"], patch, params={"dry_run": "true"})
    assert asked.status_code == 200
    DryRunDocument.model_validate_json(asked.content)
    assert asked.json()["parent"] == parent["id"]
    answer = await derive(service, parent["id"], patch)
    assert answer.status_code == 201, answer.text
    CreatedJobDocument.model_validate_json(answer.content)
    child = answer.json()
    assert answer.headers["Location"] == f"/v1/jobs/{child['id']}"
    assert (child["parent"], child["name"], child["status"]) == (parent["id"], "child", "queued")
    assert child["metadata"] == {"team": "vision"}
    wanted = parent["spec"]
    wanted["name"] = "child"
    wanted["training"]["epochs"] = 7
    wanted["network"]["layers"].insert(1, {"type": "BatchNormalization"})
    assert child["spec"] == wanted
    assert child["progress"]["epochs"] == 7
    same = (await derive(service, child["id"], [])).json()
    assert (same["spec"], same["parent"]) == (child["spec"], child["id"])
    for made in (child, same):
        children = (await service.client.get("/v1/jobs", params={"parent": made["parent"]})).json()["data"]
        assert [job["id"] for job in children] == [made["id"]]


async def test_the_same_key_makes_one_child_even_once_its_parent_is_gone(service: Service) -> None:
    parent = await make(service)
    headers = {"Idempotency-Key": uuid4().hex}
    first = await derive(service, parent["id"], [], headers=headers)
    again = await derive(service, parent["id"], [], headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    await service.client.post(f"/v1/jobs/{parent['id']}/cancel")
    assert (await service.client.delete(f"/v1/jobs/{parent['id']}")).status_code == 204
    again = await derive(service, parent["id"], [], headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    for options in ({}, {"headers": headers, "params": {"dry_run": "true"}}):
        assert_problem(await derive(service, parent["id"], [], **options), 404, "job_not_found")
    assert_problem(
        await derive(service, parent["id"], [{"op": "remove", "path": "/name"}], headers=headers),
        422,
        "idempotency_key_reused",
    )


async def test_all_faults_of_a_patch_are_told_at_once(service: Service) -> None:
    parent = await make(service)
    patch: list[object] = [{"op": "add", "path": "x"}, 7, {"op": "move", "path": "/a", "form": "/b"}]
    told = assert_problem(await derive(service, parent["id"], patch), 422, "invalid_body")
    assert [fault["pointer"] for fault in told["errors"]] == [
        "/patch/0/value",
        "/patch/0/path",
        "/patch/1",
        "/patch/2/form",
        "/patch/2/from",
    ]
    body = {"patsch": [], "name": "x"}
    answer = await service.client.post(f"/v1/jobs/{parent['id']}/derive", json=body)
    told = assert_problem(answer, 422, "invalid_body")
    assert {fault["pointer"] for fault in told["errors"]} == {"/patch", "/patsch", "/name"}
    assert told["errors"][0]["suggestion"] == "patch"
    for missing in ("job_" + "0" * 26, "nothing"):
        assert_problem(await derive(service, missing, []), 404, "job_not_found")


async def test_faults_of_the_spec_name_the_operation_that_led_to_them(service: Service) -> None:
    parent = await make(service)
    patch = [
        {"op": "replace", "path": "/network/layers/2", "value": {"type": "Dense", "units": 10, "activation": "sofmax"}},
        {"op": "replace", "path": "/training/optimizer/learning_rate", "value": -1},
        {"op": "add", "path": "/network/layers/0", "value": {"type": "Flatten"}},
        {"op": "remove", "path": "/training/loss"},
        {"op": "copy", "from": "/training/epochs", "path": "/training/epoch"},
    ]
    told = assert_problem(await derive(service, parent["id"], patch), 422, "invalid_body")
    places = {fault["spec_pointer"]: fault for fault in told["errors"]}
    assert places["/network/layers/3/activation"]["pointer"] == "/patch/0/value/activation"
    assert places["/network/layers/3/activation"]["suggestion"] == "softmax"
    assert places["/training/optimizer/learning_rate"]["pointer"] == "/patch/1/value"
    assert places["/training/loss"]["pointer"] == "/patch/3/path"
    assert places["/training/epoch"]["pointer"] == "/patch/4/path"
    assert len(places) == 4
    # Where nothing was written at the place, the patch as a whole led there.
    told = assert_problem(
        await derive(service, parent["id"], [{"op": "remove", "path": "/network/layers/0"}]), 422, "invalid_body"
    )
    assert {fault["pointer"] for fault in told["errors"]} == {"/patch"}
    assert all(fault["spec_pointer"].startswith("/network") for fault in told["errors"])
    told = assert_problem(
        await derive(service, parent["id"], [{"op": "replace", "path": "", "value": 3}]), 422, "invalid_body"
    )
    assert [fault["pointer"] for fault in told["errors"]] == ["/patch/0/value"]


async def test_a_hostile_patch_is_refused_at_once(service: Service) -> None:
    parent = await make(service)
    bombs: list[Patch] = [
        [{"op": "copy", "from": "", "path": f"/metadata/{number}"} for number in range(100)],
        [{"op": "copy", "from": "/network/layers", "path": "/network/layers/0"} for _ in range(100)],
        [
            {"op": "add", "path": "/name", "value": "n" * 500_000},
            *[{"op": "copy", "from": "/name", "path": f"/metadata/{number}"} for number in range(99)],
        ],
        [{"op": "add", "path": "/network/layers/" + "9" * 500_000, "value": {}}],
        [{"op": "remove", "path": "/a" * 400_000}],
    ]
    for bomb in bombs:
        started = time.monotonic()
        answer = await derive(service, parent["id"], bomb)
        assert_problem(answer, 422, "invalid_body")
        assert len(answer.content) < 100_000
        assert time.monotonic() - started < 2
