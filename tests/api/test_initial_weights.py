"""Jobs that begin with the weights of others, by all ways in, and what is left of a source that is deleted."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from api.artifacts.schemas import ArtifactList
from api.jobs.schemas import CreatedJobDocument, DryRunDocument, ResultsDocument
from api.networks.schemas import InspectionDocument
from db.attempts import endings
from db.attempts.endings import Ending, NewArtifact
from spec.ids import new_id
from spec.states import JobStatus
from spec.weights.stored import WEIGHTS_FILE
from tests.api.service import Service, assert_problem
from tests.api.specs import digits
from tests.api.test_deleting import files_of, sweep_deleted, workplace
from tests.db.scenes import in_write
from tests.services.keys import bearer, make_key

PLACE = "/training/initial_weights"
SAME = {"flatten": None, "dense": "dense", "dense_1": "dense_1"}


def child_of(source: str, **weights: object) -> dict[str, Any]:
    """A job on digits that begins with another's weights."""
    body = digits()
    body["training"]["initial_weights"] = {"from": {"job": source}, **weights}
    return body


async def make_source(service: Service, folder: Path, *, epochs: int = 2) -> str:
    """A job that has ended, and left both files with weights."""
    checked = (await service.client.post("/v1/jobs", params={"dry_run": "true"}, json=digits())).json()
    made = await service.client.post("/v1/jobs", json=digits())
    job_id: str = made.json()["id"]
    await service.record(job_id, [{"loss": 1.0}] * epochs, duration_seconds=0.1)
    results = {
        "model_summary": checked["summary"],
        "epochs_run": epochs,
        "stored_weights": {"origin": "last", "epoch": epochs, "is_averaged": False},
        "best_weights": {"epoch": 1, "artifact": "best_weights.safetensors"},
    }
    files = {"weights.safetensors": b"last", "best_weights.safetensors": b"best", "history.csv": b"epoch\n"}
    await service.succeed(job_id, results, files=files, folder=folder)
    return job_id


def copied(summary: dict[str, Any]) -> dict[str, str | None]:
    return {layer["name"]: layer["copied_from"] for layer in summary["layers"]}


async def test_a_job_begins_with_the_weights_of_another(service: Service, tmp_path: Path) -> None:
    source = await make_source(service, tmp_path)
    asked = await service.client.post("/v1/jobs", params={"dry_run": "true"}, json=child_of(source))
    assert asked.status_code == 200, asked.text
    DryRunDocument.model_validate_json(asked.content)
    assert (asked.json()["initial_weights"], copied(asked.json()["summary"])) == (source, SAME)
    answer = await service.client.post("/v1/jobs", json=child_of(source))
    assert answer.status_code == 201, answer.text
    CreatedJobDocument.model_validate_json(answer.content)
    child = answer.json()
    assert (child["initial_weights"], child["progress"]["epoch"], child["progress"]["epochs"]) == (source, 0, 3)
    assert child["spec"]["training"]["initial_weights"] == {"from": {"job": source}}
    listed = await service.client.get("/v1/jobs", params={"initial_weights": source})
    assert [(job["id"], job["initial_weights"]) for job in listed.json()["data"]] == [(child["id"], source)]
    assert (await service.client.get(f"/v1/jobs/{source}")).json()["initial_weights"] is None


async def test_a_job_continues_another(service: Service, tmp_path: Path) -> None:
    source = await make_source(service, tmp_path)
    answer = await service.client.post("/v1/jobs", json=child_of(source, **{"continue": True}))
    assert answer.status_code == 201, answer.text
    child = answer.json()
    assert (child["progress"]["epoch"], child["progress"]["epochs"], child["progress"]["fraction"]) == (2, 5, 0.0)
    seed = (await service.client.get(f"/v1/jobs/{source}")).json()["spec"]["training"]["seed"]
    assert (child["spec"]["training"]["seed"], child["spec"]["training"]["epochs"]) == (seed, 3)


async def test_a_derived_job_can_continue_its_parent(service: Service, tmp_path: Path) -> None:
    source = await make_source(service, tmp_path)
    weights = {"from": {"job": source}, "continue": True}
    patch: list[dict[str, Any]] = [{"op": "add", "path": PLACE, "value": weights}]
    answer = await service.client.post(f"/v1/jobs/{source}/derive", json={"patch": patch})
    assert answer.status_code == 201, answer.text
    assert (answer.json()["parent"], answer.json()["initial_weights"]) == (source, source)
    assert answer.json()["progress"]["epochs"] == 5
    patch[0]["value"] = {"from": {"job": new_id("job")}}
    refused = await service.client.post(f"/v1/jobs/{source}/derive", json={"patch": patch})
    (fault,) = assert_problem(refused, 422, "invalid_body")["errors"]
    assert (fault["pointer"], fault["code"]) == ("/patch/0/value/from/job", "unknown_job")


async def test_an_inspection_tells_which_layers_are_copied(service: Service, tmp_path: Path) -> None:
    source = await make_source(service, tmp_path)
    said = child_of(source, layers={"dense": "dense"})
    said["training"]["phases"] = [{"epochs": 1, "freeze": ["dense"]}, {"epochs": 2}]
    answer = await service.client.post(
        "/v1/networks/inspect",
        json={"network": said["network"], "dataset": "digits", "training": said["training"]},
    )
    assert answer.status_code == 200, answer.text
    InspectionDocument.model_validate_json(answer.content)
    told = answer.json()
    assert copied(told) == {**SAME, "dense_1": None}
    assert [layer["weights"] for layer in told["layers"]] == [None, "copied", "fresh"]
    assert [(phase["frozen_layers"], phase["trainable_parameters"]) for phase in told["phases"]] == [
        (["dense"], 16 * 10 + 10),
        ([], 64 * 16 + 16 + 16 * 10 + 10),
    ]


async def test_weights_that_are_not_there_are_a_fault_and_those_of_others_are_as_unknown(
    service: Service, tmp_path: Path
) -> None:
    source = await make_source(service, tmp_path)
    url, key = str(service.client.base_url), await make_key(service.database_url, f"other_{uuid4().hex}")
    async with httpx.AsyncClient(base_url=url, timeout=30, headers=bearer(key)) as stranger:
        faults = [
            assert_problem(await client.post("/v1/jobs", json=child_of(job_id)), 422, "invalid_body")["errors"]
            for client, job_id in ((stranger, source), (stranger, new_id("job")), (service.client, new_id("job")))
        ]
    assert [(fault["pointer"], fault["code"]) for (fault,) in faults] == [(f"{PLACE}/from/job", "unknown_job")] * 3
    theirs, unknown = (fault["message"].split('"') for (fault,) in faults[:2])
    assert (theirs[0], theirs[2:]) == (unknown[0], unknown[2:])
    queued = (await service.client.post("/v1/jobs", json=digits())).json()["id"]
    refused = await service.client.post("/v1/jobs", json=child_of(queued))
    (fault,) = assert_problem(refused, 422, "invalid_body")["errors"]
    assert (fault["pointer"], fault["code"]) == (f"{PLACE}/from/job", "job_not_ended")


async def test_deleted_while_its_children_are_made_it_has_none_that_lacks_its_file(
    service: Service, tmp_path: Path
) -> None:
    source = await make_source(service, tmp_path)
    asked = [service.client.post("/v1/jobs", json=child_of(source)) for _ in range(8)]
    answers = await asyncio.gather(*asked[:4], service.client.delete(f"/v1/jobs/{source}"), *asked[4:])
    assert answers.pop(4).status_code == 204
    for answer in answers:
        assert answer.status_code in (201, 422), answer.text
        if answer.status_code == 422:
            assert answer.json()["errors"][0]["code"] == "unknown_job"
    made = sorted(answer.json()["id"] for answer in answers if answer.status_code == 201)
    listed = await service.client.get("/v1/jobs", params={"initial_weights": source})
    assert sorted(job["id"] for job in listed.json()["data"]) == made
    await sweep_deleted(workplace(service, tmp_path))
    assert bool(files_of(service, source)) == bool(made)


async def test_the_first_answer_of_a_key_outlives_the_source(service: Service, tmp_path: Path) -> None:
    source = await make_source(service, tmp_path)
    parent = (await service.client.post("/v1/jobs", json=digits())).json()["id"]
    patch = [{"op": "add", "path": PLACE, "value": {"from": {"job": source}}}]
    wishes = [("/v1/jobs", child_of(source)), (f"/v1/jobs/{parent}/derive", {"patch": patch})]
    keys = [{"Idempotency-Key": uuid4().hex} for _ in wishes]

    async def ask(**query: str) -> list[httpx.Response]:
        return [
            await service.client.post(path, json=body, headers=key, params=query)
            for (path, body), key in zip(wishes, keys, strict=True)
        ]

    made = await ask()
    assert [answer.status_code for answer in made] == [201, 201]
    assert (await service.client.delete(f"/v1/jobs/{source}")).status_code == 204
    for first, again in zip(made, await ask(), strict=True):
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["Idempotent-Replayed"] == "true"
    for refused in await ask(dry_run="true"):
        assert_problem(refused, 422, "invalid_body")
    # A key of another request, and one that is new, change nothing about what is wrong.
    for key in (keys[1], {"Idempotency-Key": uuid4().hex}):
        assert_problem(await service.client.post("/v1/jobs", json=child_of(source), headers=key), 422, "invalid_body")


async def test_the_files_of_a_deleted_source_stay_while_they_are_needed(service: Service, tmp_path: Path) -> None:
    source, unneeded = [await make_source(service, tmp_path) for _ in range(2)]
    running, queued, paused = [
        (await service.client.post("/v1/jobs", json=child_of(source))).json()["id"] for _ in range(3)
    ]
    assert (await service.client.post(f"/v1/jobs/{paused}/pause")).status_code == 200
    await service.claim(running)
    place = workplace(service, tmp_path)
    for job_id in (source, unneeded):
        assert (await service.client.delete(f"/v1/jobs/{job_id}")).status_code == 204
    await sweep_deleted(place)
    assert files_of(service, unneeded) == []
    assert {path.name for path in files_of(service, source)} >= {"weights.safetensors"}
    assert not {path.name for path in files_of(service, source)} & {"history.csv", "best_weights.safetensors"}
    await service.succeed(running, {})
    for last in (queued, paused):
        assert {path.name for path in files_of(service, source)} >= {"weights.safetensors"}
        assert (await service.client.post(f"/v1/jobs/{last}/cancel")).status_code == 200
        await sweep_deleted(place)
    assert files_of(service, source) == []


async def test_artifacts_tell_which_weights_they_hold(service: Service, tmp_path: Path) -> None:
    source = await make_source(service, tmp_path)
    told = (await service.client.get(f"/v1/jobs/{source}/artifacts")).json()["data"]
    last = {"origin": "last", "epoch": 2, "is_averaged": False}
    assert {one["name"]: one["weights"] for one in told} == {
        "best_weights.safetensors": {"origin": "best_epoch", "epoch": 1, "is_averaged": False},
        "history.csv": None,
        "weights.safetensors": last,
    }


async def test_weights_of_a_job_that_told_nothing_more_are_those_of_its_last_moment(
    service: Service, tmp_path: Path
) -> None:
    job_id = (await service.client.post("/v1/jobs", json=digits())).json()["id"]
    await service.record(job_id, [{"loss": 1.0}], duration_seconds=0.1)
    (tmp_path / "weights").write_bytes(b"last")
    key = f"jobs/{job_id}/1/{WEIGHTS_FILE}"
    stored = service.store.put(key, tmp_path / "weights")
    file = NewArtifact(WEIGHTS_FILE, key, "application/octet-stream", stored.size_bytes, stored.sha256)
    ending = Ending(status=JobStatus.CANCELLED, artifacts=[file])
    await in_write(service.database, endings.finish, await service.claim(job_id), ending)
    answer = await service.client.get(f"/v1/jobs/{job_id}/artifacts")
    ArtifactList.model_validate_json(answer.content)
    assert [one["weights"] for one in answer.json()["data"]] == [{"origin": "last", "epoch": 1, "is_averaged": False}]


async def test_results_tell_of_weights(service: Service, tmp_path: Path) -> None:
    source = await make_source(service, tmp_path)
    results = (await service.client.get(f"/v1/jobs/{source}/results")).json()
    assert (results["best_weights"]["artifact"], results["initial_weights"]) == ("best_weights.safetensors", None)
    child = (await service.client.post("/v1/jobs", json=child_of(source))).json()["id"]
    began = {
        "source": {"job": source, "checkpoint": "last"},
        "sha256": "ab" * 32,
        "copied": ["dense/kernel", "dense/bias"],
        "fresh": ["dense_1/kernel"],
        "frozen": [],
    }
    await service.succeed(child, {"initial_weights": began})
    answer = await service.client.get(f"/v1/jobs/{child}/results")
    ResultsDocument.model_validate_json(answer.content)
    assert (answer.json()["initial_weights"], answer.json()["best_weights"]) == (began, None)
