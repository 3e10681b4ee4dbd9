"""What CONTRIBUTING's recipes promise; to be run in a copy of the tree in which they were followed."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.answers.problems import KINDS, Kind
from api.app import routed
from api.openapi.__main__ import snapshot
from db.attempts import attempts
from db.attempts.attempts import EpochRecord, Progress
from db.tables.base import DEFAULT_PROJECT
from services import techniques
from services.keys.scopes import Scope
from spec.catalog import catalog
from spec.training.training import TrainingSpec
from tests.api.service import Service, assert_problem, running_service
from tests.api.specs import digits
from tests.services.keys import bearer, make_key
from tests.services.redis import RedisServer
from tests.trainer.parity import TRAINING, Engine, assert_parity, rows_of
from tests.trainer.plain_keras import Spec
from tests.trainer.resuming import Run
from tests.trainer.samples import DISTURBED, PLAIN, ROWS, VALIDATION
from worker.trainer.network.build import keras_class
from worker.trainer.results.outcome import end_of
from worker.trainer.signals import SIGNALS

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

STOPPING: Spec = {"type": "StopAfterSteps", "steps": 5}
"""Of the three steps of an epoch, the second of the second one is the last."""


def test_a_job_with_the_layer_trains_as_in_keras() -> None:
    layers: list[Spec] = [
        {"type": "UpSampling1D", "size": 3},
        {"type": "Conv1D", "filters": 4, "kernel_size": 3},
        {"type": "Flatten"},
        {"type": "Dense", "units": 3, "activation": "softmax"},
    ]
    assert len(assert_parity(layers, rows=rows_of((8, 3)), shuffle=True).rows) == 2


def test_the_catalog_and_the_description_have_the_layer_and_the_callback() -> None:
    told = catalog()
    described = snapshot()
    for family, name in (("layers", "UpSampling1D"), ("callbacks", "StopAfterSteps")):
        assert name in json.dumps(told[family])
        assert f'"{name}": {{' in described
    assert "weight_peak" in described


def test_the_hooks_are_called_as_by_fit() -> None:
    def at_home() -> list[Any]:
        return [keras_class(type(callback))(steps=5) for callback in training.callbacks]

    training = TrainingSpec.model_validate({**TRAINING, "epochs": 3, "callbacks": [STOPPING]})
    course = assert_parity(PLAIN, rows=ROWS, validation=VALIDATION, at_home=at_home, epochs=3, callbacks=[STOPPING])
    assert len(course.rows) == 2


def test_the_state_survives_a_resume_to_the_bit(tmp_path: Path) -> None:
    said: dict[str, Any] = {"epochs": 3, "callbacks": [STOPPING]}
    whole = Run(DISTURBED, ROWS, VALIDATION, kept=None, folder=tmp_path, **said).run()
    resumed = Run(DISTURBED, ROWS, VALIDATION, **said)
    for moment in (1, 2, 4, 6, 7):
        resumed.engine.loop.course.rows.clear()
        assert resumed.resume(whole.checkpoints[moment]).differences(whole) == [], moment
        assert resumed.engine.callbacks[0].taken == 5, moment


def test_the_results_tell_of_the_callback() -> None:
    engine = Engine(PLAIN, {**TRAINING, "epochs": 3, "callbacks": [STOPPING]}, ROWS, None)
    told = end_of(engine.run(), engine.spec, engine.callbacks)
    assert told["stop_reason"] == "`StopAfterSteps` stopped the training after step 5."
    assert told["stopped_early"]


@pytest.fixture(scope="session", params=["sqlite"])
async def service(
    request: pytest.FixtureRequest, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    async with running_service(request, tmp_path_factory.mktemp("home"), redis_server) as running:
        yield running


async def test_the_route_answers(service: Service) -> None:
    told = (await service.client.get("/v1/seeds?phrase=Our first  try")).json()
    assert told == {"object": "seed", "seed": 1800495131}
    assert (await service.client.get("/v1/seeds?phrase=our%20FIRST%20try")).json() == told
    assert (await service.client.get("/v1/seeds?phrase=our second try")).json() != told
    drawn = (await service.client.post("/v1/seeds", json={"count": 3})).json()
    assert (drawn["object"], len(set(drawn["seeds"]))) == ("seeds", 3)
    assert all(0 <= seed < 2**32 for seed in drawn["seeds"])
    job = digits()
    job["training"]["seed"] = drawn["seeds"][0]
    assert (await service.client.post("/v1/jobs?dry_run=true", json=job)).status_code == 200


async def test_the_route_asks_for_its_scope(service: Service) -> None:
    key = await make_key(service.database_url, DEFAULT_PROJECT, Scope.READ)
    async with httpx.AsyncClient(base_url=service.client.base_url) as client:
        assert_problem(await client.get("/v1/seeds?phrase=x"), 401, "authentication_required")
        assert_problem(await client.post("/v1/seeds", json={}), 401, "authentication_required")
        assert (await client.get("/v1/seeds?phrase=x", headers=bearer(key))).status_code == 200
        assert_problem(await client.post("/v1/seeds", json={}, headers=bearer(key)), 403, "insufficient_scope")


async def test_the_errors_of_the_route_are_problems(service: Service) -> None:
    refused = assert_problem(await service.client.get("/v1/seeds?phrase=%20"), 422, "empty_phrase")
    assert (refused["title"], refused["detail"]) == ("Empty phrase", "A phrase must have at least one word.")
    faulty = assert_problem(await service.client.post("/v1/seeds", json={"count": 101}), 422, "invalid_body")
    assert [error["pointer"] for error in faulty["errors"]] == ["/count"]
    assert Kind(422, "empty_phrase", "Empty phrase") in KINDS.values()
    assert 'id="empty_phrase"' in (await service.client.get("/docs")).text


def test_the_openapi_document_has_the_route() -> None:
    document = routed().openapi()
    read, draw = (document["paths"]["/v1/seeds"][method] for method in ("get", "post"))
    assert [call["security"] for call in (read, draw)] == [[{"key": ["read"]}], [{"key": ["submit"]}]]
    assert "Empty phrase: `empty_phrase`." in read["responses"]["422"]["description"]
    schemas = "#/components/schemas/"
    assert read["responses"]["200"]["content"]["application/json"]["schema"] == {"$ref": f"{schemas}SeedDocument"}
    assert draw["responses"]["200"]["content"]["application/json"]["schema"] == {"$ref": f"{schemas}SeedsDocument"}
    assert draw["requestBody"]["content"]["application/json"]["schema"] == {"$ref": f"{schemas}NewSeedsBody"}
    assert {"SeedDocument", "SeedsDocument", "NewSeedsBody"} <= set(document["components"]["schemas"])


async def test_the_signal_arrives(service: Service) -> None:
    engine = Engine(PLAIN, TRAINING, ROWS, None, signals=SIGNALS)
    engine.run()
    answer = await service.client.post("/v1/jobs", json=digits())
    job_id: str = answer.json()["id"]
    fence = await service.claim(job_id)
    records = [
        EpochRecord(number, {"loss": 1.0}, 0.5, Progress(number / 2, 1.0), engine.measured[number]) for number in (1, 2)
    ]
    async with service.database.write() as connection:
        await attempts.record_started(connection, fence, epochs=2)
        await attempts.record_epochs(connection, fence, records)
    rows = (await service.client.get(f"/v1/jobs/{job_id}/signals")).json()["data"]
    assert [(row["epoch"], row["layer"]) for row in rows] == [
        (epoch, layer) for epoch in (1, 2) for layer in ("dense", "dense_1")
    ]
    last = [max(abs(weight.numpy()).max() for weight in layer.weights) for layer in engine.model.layers]
    assert [row["weight_peak"] for row in rows[2:]] == last


async def test_the_rule_finds_what_the_technique_heals(service: Service) -> None:
    spec = digits()
    spec["training"]["shuffle"] = False
    job = (await service.client.post("/v1/jobs", json=spec)).json()
    (found,) = job["findings"]
    (remedy,) = found["remedies"]
    assert (found["rule"], found["measured"], remedy["technique"]) == ("unshuffled_rows", 3, "shuffled_rows")
    asked = {"technique": remedy["technique"], "parameters": remedy["parameters"]}
    child = await service.client.post(f"/v1/jobs/{job['id']}/derive", json=asked)
    assert (child.json()["spec"]["training"]["shuffle"], child.json()["findings"]) == (True, [])
    assert "unshuffled_rows" in [rule["name"] for rule in catalog()["rules"]]
    (told,) = [one for one in techniques.documents() if one["name"] == "shuffled_rows"]
    assert told["remedy_for"] == ["unshuffled_rows"]
