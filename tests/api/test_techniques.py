"""Techniques over HTTP: their list, what each would do to a spec, and jobs derived by their names."""

import copy
from typing import Any

import httpx
import pytest

from api.jobs.schemas import CreatedJobDocument, DryRunDocument
from api.techniques.examples import PREVIEWS
from api.techniques.schemas import TechniqueList, TechniquePreviewDocument
from coach.rules import ALL
from coach.techniques import TECHNIQUES
from tests.api.service import Service, assert_problem
from tests.api.specs import digits


async def preview(service: Service, name: str, body: object) -> httpx.Response:
    return await service.client.post(f"/v1/techniques/{name}/preview", json=body)


async def test_all_are_listed_with_what_they_take_and_what_they_help_against(service: Service) -> None:
    answer = await service.client.get("/v1/techniques")
    TechniqueList.model_validate_json(answer.content)
    listed = {one["name"]: one for one in answer.json()["data"]}
    assert list(listed) == [technique.NAME for technique in TECHNIQUES]
    assert "$ref" not in answer.text
    dropout = listed["dropout"]
    (rate,) = [one for one in dropout["parameters"] if one["name"] == "rate"]
    assert (rate["required"], rate["type"], rate["default"] > 0) == (False, "number", True)
    named = {one.technique for rule in ALL for one in rule.REMEDIES}
    assert named
    assert {name for name, told in listed.items() if told["remedy_for"]} == named
    known = await service.client.get("/v1/techniques", headers={"If-None-Match": answer.headers["ETag"]})
    assert known.status_code == 304


@pytest.mark.parametrize("example", PREVIEWS)
async def test_the_examples_can_be_previewed(service: Service, example: str) -> None:
    answer = await preview(service, "lower_learning_rate", PREVIEWS[example]["value"])
    assert answer.status_code == 200, answer.text
    TechniquePreviewDocument.model_validate_json(answer.content)


async def test_a_preview_is_what_a_derivation_by_name_makes(service: Service) -> None:
    spec = digits()
    parent = (await service.client.post("/v1/jobs", json=spec)).json()
    asked = await preview(service, "batch_normalization", {"spec": parent["spec"], "parameters": {}})
    shown = asked.json()
    TechniquePreviewDocument.model_validate_json(asked.content)
    assert (shown["applies"], [one["op"] for one in shown["patch"]]) == (True, ["add"])
    path = f"/v1/jobs/{parent['id']}/derive"
    body: dict[str, Any] = {"technique": "batch_normalization", "parameters": {}}
    dry = await service.client.post(path, json=body, params={"dry_run": "true"})
    DryRunDocument.model_validate_json(dry.content)
    by_name = await service.client.post(path, json=body)
    assert by_name.status_code == 201, by_name.text
    CreatedJobDocument.model_validate_json(by_name.content)
    by_patch = await service.client.post(path, json={"patch": shown["patch"]})
    assert by_name.json()["spec"] == by_patch.json()["spec"] == dry.json()["spec"]
    assert by_name.json()["parent"] == parent["id"]
    # Applied to its own result it does not apply any more.
    again = await preview(service, "batch_normalization", {"spec": by_name.json()["spec"]})
    assert (again.json()["applies"], again.json()["patch"]) == (False, [])
    refused = await service.client.post(f"/v1/jobs/{by_name.json()['id']}/derive", json=body)
    told = assert_problem(refused, 409, "technique_not_applicable")
    assert again.json()["reason"] in told["detail"]


async def test_parameters_count(service: Service) -> None:
    for factor in (0.5, 0.2):
        parameters = {"factor": factor}
        asked = await preview(service, "lower_learning_rate", {"spec": digits(), "parameters": parameters})
        (operation,) = asked.json()["patch"]
        assert operation["value"] == pytest.approx(0.01 * factor)


def faults_of(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in assert_problem(answer, 422, "invalid_body")["errors"]]


async def test_everything_that_is_wrong_with_a_preview_is_told(service: Service) -> None:
    told = assert_problem(await preview(service, "batchnormalization", {"spec": digits()}), 404, "technique_not_found")
    assert told["detail"].endswith('Did you mean "batch_normalization"?')
    faulty: dict[str, Any] = copy.deepcopy(digits())
    faulty["network"]["layers"][1]["units"] = 0
    answer = await preview(service, "dropout", {"spec": faulty, "parameters": {"rat": 0.5}})
    pointers = [pointer for pointer, _ in faults_of(answer)]
    assert pointers == ["/spec/network/layers/1/units", "/parameters/rat"]
    assert [pointer for pointer, _ in faults_of(await preview(service, "dropout", {"spec": 7}))] == ["/spec"]
    assert faults_of(await preview(service, "dropout", {"sepc": {}})) == [
        ("/sepc", "unknown_field"),
        ("/spec", "missing"),
    ]
    assert faults_of(await preview(service, "dropout", [])) == [("", "model_type")]
    answer = await preview(service, "dropout", {"spec": digits(), "parameters": {"rate": 7}})
    assert [pointer for pointer, _ in faults_of(answer)] == ["/parameters/rate"]


async def test_everything_that_is_wrong_with_a_derivation_by_name_is_told(service: Service) -> None:
    parent = (await service.client.post("/v1/jobs", json=digits())).json()

    async def derived(body: object) -> list[tuple[str, str]]:
        return faults_of(await service.client.post(f"/v1/jobs/{parent['id']}/derive", json=body))

    assert await derived({"technique": "dropuot"}) == [("/technique", "unknown_technique")]
    assert await derived({"technique": 7}) == [("/technique", "string_type")]
    assert await derived({"technique": "dropout", "patch": []}) == [("/technique", "either_or")]
    assert await derived({"parameters": {}}) == [("/parameters", "parameters_without_technique")]
    assert await derived({}) == [("/patch", "missing")]
    assert [place for place, _ in await derived({"technique": "dropout", "parameters": {"rate": 7}})] == [
        "/parameters/rate"
    ]
    unknown = "job_01jgz8q6v5x0r3w2m4n6p8s9tb"
    answer = await service.client.post(f"/v1/jobs/{unknown}/derive", json={"technique": "dropout"})
    assert_problem(answer, 404, "job_not_found")
