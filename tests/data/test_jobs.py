"""Jobs on data sets of users, over HTTP: what they are told, what they begin with, and what they keep there."""

from pathlib import Path
from typing import Any

import pytest

from db.queue import claims
from db.queue.claims import Claim
from spec.ids import new_id
from spec.inputs import InputName
from tests.api.service import Service, assert_problem
from tests.data.senders import made
from tests.data.test_reading import read_here

TABLE = b"age,job,note,member,kind\n" + b"".join(
    f"{20 + row % 37},{('clerk', 'cook', 'pilot')[row % 3]},{'word ' * (row % 4)}x,{'yes' if row % 2 else 'no'},"
    f"{'abc'[row % 3]}\n".encode()
    for row in range(40)
)
BROKEN = b"age,kind\n1,a,b\n"
TRAINING = {"loss": "sparse_categorical_crossentropy", "epochs": 1}
DENSE = {"layers": [{"type": "Dense", "units": 3, "activation": "softmax"}]}
ENCODED = [
    "age",
    {"column": "member"},
    {"column": "job", "encoding": "one_hot", "unknown": "own", "max_categories": 10},
    {"column": "note", "encoding": "count", "max_tokens": 20},
]
FACTS: dict[str, Any] = {"target": "kind"}


def job(dataset: object) -> dict[str, Any]:
    return {"dataset": dataset, "network": DENSE, "training": TRAINING}


async def claimed(service: Service, job_id: str) -> Claim:
    """The attempt at a job; others that wait are taken, too."""
    async with service.database.write() as connection:
        while (found := await claims.claim_next(connection, new_id("worker"), 0, ["cpu"], 600)) is not None:
            if found.job_id == job_id:
                return found
    raise AssertionError(job_id)


async def test_a_job_is_given_the_files_of_its_data_set_and_keeps_it_there(service: Service, tmp_path: Path) -> None:
    dataset = await read_here(service, TABLE, FACTS, tmp_path)
    said = {"name": dataset["id"], "features": ENCODED, "split": {"validation": 0.2, "stratify": "kind", "seed": 1}}
    posted = await service.client.post("/v1/jobs", json=job(said))
    assert posted.status_code == 201, posted.text
    told = posted.json()
    assert told["spec"]["dataset"] == said
    listed = (await service.client.get("/v1/jobs", params={"dataset": dataset["id"]})).json()["data"]
    assert [one["id"] for one in listed] == [told["id"]]
    refused = assert_problem(await service.client.delete(f"/v1/datasets/{dataset['id']}"), 409, "dataset_in_use")
    assert told["id"] in refused["detail"]

    found = await claimed(service, told["id"])
    files = {one.name: one for one in found.inputs}
    assert files.keys() == {InputName.DATASET, InputName.DATASET_FACTS}
    for one in files.values():
        with service.store.open(one.key) as reader:
            assert len(reader.read()) == one.size_bytes
    assert (await service.client.post(f"/v1/jobs/{told['id']}/cancel")).status_code in {200, 202}

    derived = await service.client.post(
        f"/v1/jobs/{told['id']}/derive",
        params={"dry_run": "true"},
        json={"patch": [{"op": "replace", "path": "/dataset/features/0", "value": "agee"}]},
    )
    (fault,) = assert_problem(derived, 422, "invalid_body")["errors"]
    assert (fault["pointer"], fault["spec_pointer"]) == ("/patch/0/value", "/dataset/features/0")
    assert fault["suggestion"] == "age"


async def test_a_network_is_inspected_for_it(service: Service, tmp_path: Path) -> None:
    dataset = await read_here(service, TABLE, FACTS, tmp_path)
    body = {"network": DENSE, "dataset": {"name": dataset["id"], "features": ENCODED}}
    told = (await service.client.post("/v1/networks/inspect", json=body)).json()
    # A number, a boolean, three jobs and one place for others, and twenty words.
    assert told["input_shape"] == [None, 1 + 1 + 4 + 20]
    body["dataset"] = {"name": dataset["id"], "features": ["age", {"column": "note", "encoding": "tokens"}]}
    answer = await service.client.post("/v1/networks/inspect", json=body)
    (fault,) = assert_problem(answer, 422, "invalid_body")["errors"]
    assert (fault["pointer"], fault["code"]) == ("/dataset/features/1", "input_of_its_own")


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/jobs?dry_run=true", "/v1/networks/inspect"])
async def test_one_that_is_not_ready_is_a_problem_of_its_own(service: Service, tmp_path: Path, path: str) -> None:
    waiting = await made(service.client, TABLE, {"target": "kind"})
    body = job(waiting["id"])
    if "inspect" in path:
        del body["training"]
    told = assert_problem(await service.client.post(path, json=body), 409, "dataset_not_ready")
    assert f"/v1/datasets/{waiting['id']}?wait_seconds=30" in told["detail"]
    failed = await read_here(service, BROKEN, {}, tmp_path)
    assert failed["status"] == "failed"
    body["dataset"] = {"name": failed["id"]}
    told = assert_problem(await service.client.post(path, json=body), 409, "dataset_not_ready")
    assert "could not be read" in told["detail"]


async def test_it_is_called_by_its_id(service: Service, tmp_path: Path) -> None:
    dataset = await read_here(service, TABLE, {**FACTS, "name": "people"}, tmp_path)
    (fault,) = assert_problem(await service.client.post("/v1/jobs", json=job("people")), 422, "invalid_body")["errors"]
    assert fault["pointer"] == "/dataset"
    assert dataset["id"] in fault["message"]
