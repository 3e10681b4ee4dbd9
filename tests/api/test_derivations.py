"""Jobs derived by a patch: what comes of it, and what is said of a patch that cannot be applied or leads astray."""

import time
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.derivations.operations import MAX_OPERATIONS, PatchFaulty, read_patch
from api.derivations.patches import Budget, apply
from api.jobs.schemas import CreatedJobDocument, DryRunDocument
from tests.api.service import Service, assert_problem
from tests.api.specs import digits

Patch = list[dict[str, Any]]


def patched(document: Any, patch: object, *, values: int = 1000) -> Any:  # noqa: ANN401 -- any JSON value
    return apply(document, read_patch(patch), Budget(values, 10_000)).document


def fault_of(document: Any, patch: object, *, values: int = 1000) -> tuple[str, str]:  # noqa: ANN401 -- as above
    """Pointer and code of the one fault."""
    with pytest.raises(PatchFaulty) as caught:
        patched(document, patch, values=values)
    (fault,) = caught.value.faults
    return fault.pointer, fault.code


@pytest.mark.parametrize(
    ("document", "patch", "wanted"),
    [
        # The examples of RFC 6902, appendix A, and what its sections say besides.
        ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux"}], {"foo": "bar", "baz": "qux"}),
        ({"foo": ["bar", "baz"]}, [{"op": "add", "path": "/foo/1", "value": "qux"}], {"foo": ["bar", "qux", "baz"]}),
        ({"foo": [1]}, [{"op": "add", "path": "/foo/-", "value": [2]}], {"foo": [1, [2]]}),
        ({"foo": [1]}, [{"op": "add", "path": "/foo/1", "value": 2}], {"foo": [1, 2]}),
        ({"foo": 1}, [{"op": "add", "path": "/foo", "value": None}], {"foo": None}),
        ({"foo": 1}, [{"op": "add", "path": "", "value": {"a": 1}}], {"a": 1}),
        ({"foo": 1}, [{"op": "replace", "path": "", "value": {"a": 1}}], {"a": 1}),
        ({"baz": 1, "foo": 2}, [{"op": "remove", "path": "/baz"}], {"foo": 2}),
        ({"foo": [1, 2, 3]}, [{"op": "remove", "path": "/foo/1"}], {"foo": [1, 3]}),
        ({"baz": 1}, [{"op": "replace", "path": "/baz", "value": "boo"}], {"baz": "boo"}),
        (
            {"foo": {"bar": 1, "waldo": 2}, "qux": {}},
            [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}],
            {"foo": {"bar": 1}, "qux": {"thud": 2}},
        ),
        ({"foo": [1, 2, 3, 4]}, [{"op": "move", "from": "/foo/1", "path": "/foo/3"}], {"foo": [1, 3, 4, 2]}),
        ({"foo": [1]}, [{"op": "move", "from": "/foo/0", "path": "/foo/0"}], {"foo": [1]}),
        ({"a": {"b": [1]}}, [{"op": "copy", "from": "/a", "path": "/c"}], {"a": {"b": [1]}, "c": {"b": [1]}}),
        ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10.0}], {"/": 9, "~1": 10}),
        ({"/": 9}, [{"op": "replace", "path": "/~1", "value": 1}], {"/": 1}),
        ({"": 1}, [{"op": "replace", "path": "/", "value": 2}], {"": 2}),
        ({"1": 1}, [{"op": "remove", "path": "/1"}], {}),
        ({"a": {"b": [1, None]}}, [{"op": "test", "path": "/a", "value": {"b": [1, None]}}], {"a": {"b": [1, None]}}),
        ({"a": 1}, [], {"a": 1}),
    ],
)
def test_operations_do_what_the_standard_says(document: object, patch: Patch, wanted: object) -> None:
    assert patched(document, patch) == wanted


def test_a_copy_is_one() -> None:
    document = patched(
        {"a": [1]}, [{"op": "copy", "from": "/a", "path": "/b"}, {"op": "add", "path": "/b/-", "value": 2}]
    )
    assert document == {"a": [1], "b": [1, 2]}


@pytest.mark.parametrize(
    ("patch", "pointer", "code"),
    [
        ([{"op": "test", "path": "/a", "value": "1"}], "/0/value", "test_failed"),
        ([{"op": "test", "path": "/t", "value": 1}], "/0/value", "test_failed"),
        ([{"op": "test", "path": "/l", "value": [1]}], "/0/value", "test_failed"),
        ([{"op": "remove", "path": "/a"}, {"op": "remove", "path": "/a"}], "/1/path", "path_not_found"),
        ([{"op": "replace", "path": "/b", "value": 1}], "/0/path", "path_not_found"),
        ([{"op": "add", "path": "/b/c", "value": 1}], "/0/path", "path_not_found"),
        ([{"op": "add", "path": "/a/c", "value": 1}], "/0/path", "path_not_found"),
        ([{"op": "add", "path": "/l/3", "value": 1}], "/0/path", "path_not_found"),
        ([{"op": "add", "path": "/l/" + "9" * 100_000, "value": 1}], "/0/path", "path_not_found"),
        ([{"op": "add", "path": "/l/01", "value": 1}], "/0/path", "path_not_found"),
        ([{"op": "add", "path": "/l/-1", "value": 1}], "/0/path", "array_index"),
        ([{"op": "add", "path": "/l/\N{ARABIC-INDIC DIGIT ONE}", "value": 1}], "/0/path", "path_not_found"),
        ([{"op": "add", "path": "/l/a", "value": 1}], "/0/path", "array_index"),
        ([{"op": "remove", "path": "/l/-"}], "/0/path", "path_not_found"),
        ([{"op": "remove", "path": "/l/2"}], "/0/path", "path_not_found"),
        ([{"op": "remove", "path": ""}], "/0/path", "whole_document"),
        ([{"op": "move", "from": "", "path": "/x"}], "/0/path", "moved_into_itself"),
        ([{"op": "move", "from": "/l", "path": "/l/0"}], "/0/path", "moved_into_itself"),
        ([{"op": "move", "from": "/b", "path": "/c"}], "/0/from", "path_not_found"),
        ([{"op": "copy", "from": "/l/7", "path": "/c"}], "/0/from", "path_not_found"),
        ({"op": "remove"}, "", "patch_type"),
        (["remove"], "/0", "model_type"),
        ([{"path": "/a"}], "/0/op", "missing"),
        ([{"op": "replce", "path": "/a"}], "/0/op", "unknown_operation"),
        ([{"op": ["add"], "path": "/a"}], "/0/op", "unknown_operation"),
        ([{"op": "add", "path": "/a"}], "/0/value", "missing"),
        ([{"op": "move", "path": "/a"}], "/0/from", "missing"),
        ([{"op": "remove", "path": "/a", "value": 1}], "/0/value", "unknown_field"),
        ([{"op": "remove", "path": "a"}], "/0/path", "json_pointer"),
        ([{"op": "remove", "path": "/~2"}], "/0/path", "json_pointer"),
        ([{"op": "remove", "path": 1}], "/0/path", "json_pointer"),
        ([{"op": "remove", "path": "/a"}] * (MAX_OPERATIONS + 1), "", "too_many_operations"),
    ],
)
def test_what_cannot_be_done_names_its_operation(patch: object, pointer: str, code: str) -> None:
    assert fault_of({"a": 1, "t": True, "l": [1, 2]}, patch) == (pointer, code)


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        ("/trainin/epochs", "/training/epochs"),
        ("/training/epoch", "/training/epochs"),
        ("/training/epoch/0", "/training/epochs/0"),
        ("/layers/1/unit", "/layers/1/units"),
        ("/layers/1/a~1b", "/layers/1/a~1bc"),
        ("/color", None),
        ("/training/epoch/" + "0" * 1_000, None),
    ],
)
def test_the_pointer_that_was_meant_is_suggested(path: str, suggestion: str | None) -> None:
    document = {"training": {"epochs": 5}, "layers": [{}, {"units": 1, "a/bc": 2}]}
    with pytest.raises(PatchFaulty) as raised:
        patched(document, [{"op": "remove", "path": path}])
    (fault,) = raised.value.faults
    assert (fault.code, fault.suggestion) == ("path_not_found", suggestion)
    assert fault.message.endswith(f'Did you mean "{suggestion}"?' if suggestion else " does not exist here.")


def test_a_document_grows_neither_without_bound_nor_without_end() -> None:
    twice = {"op": "copy", "from": "", "path": "/a"}
    pointer, code = fault_of({"x": [1, 2, 3]}, [{**twice, "path": f"/{number}"} for number in range(100)])
    assert code == "patch_too_large"
    assert int(pointer.split("/")[1]) < 10
    assert fault_of({"x": "y" * 600}, [{**twice, "path": f"/{number}"} for number in range(10)])[1] == "patch_too_large"
    deeper = [{"op": "copy", "from": "", "path": "/x" * (number + 1)} for number in range(100)]
    assert fault_of({"x": {}}, deeper, values=10**9)[1] == "nested_too_deeply"
    nested: dict[str, Any] = {}
    for _ in range(60):
        nested = {"x": nested}
    assert fault_of({"x": {"x": {"x": {"x": {}}}}}, [{"op": "add", "path": "/x/x/x/x/x", "value": nested}]) == (
        "/0/path",
        "nested_too_deeply",
    )


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
