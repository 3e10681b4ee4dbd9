"""What CONTRIBUTING's recipes promise; to be run in a copy of the tree in which they were followed."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from api.openapi.__main__ import snapshot
from db.attempts import attempts
from db.attempts.attempts import EpochRecord, Progress
from spec.catalog import catalog
from spec.training.training import TrainingSpec
from tests.api.service import Service, running_service
from tests.api.specs import digits
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


@pytest.fixture(params=["sqlite"])
async def service(request: pytest.FixtureRequest, redis_server: RedisServer, tmp_path: Path) -> AsyncIterator[Service]:
    async with running_service(request, tmp_path, redis_server) as running:
        yield running


async def test_the_signal_arrives(service: Service) -> None:
    engine = Engine(PLAIN, TRAINING, ROWS, None, signals=SIGNALS)
    engine.run()
    answer = await service.client.post("/v1/jobs", json={**digits(), "coach": {"signals": True}})
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
