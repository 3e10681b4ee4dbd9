"""Row 25 of the techniques, over HTTP: parts of a network are reused in another one, as a script does it with Keras."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import keras
import numpy as np
import pytest
from safetensors.numpy import load
from sklearn.datasets import load_digits

from tests.services.jobs import post, results_of, rows_of, train
from tests.trainer import plain_keras
from tests.trainer.reuse import ADAM, HIDDEN, OLD, PHASES

# Keras's own callbacks read the learning rate in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

NEW = [*HIDDEN, {"type": "Dense", "units": 10, "activation": "softmax", "name": "head"}]


def spec(layers: list[dict[str, Any]], **said: object) -> dict[str, Any]:
    training = {
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer": ADAM,
        "batch_size": 32,
        "validation_split": 0.2,
        "shuffle": False,
        "seed": 42,
        **({} if "phases" in said else {"epochs": 2}),
        **said,
    }
    return {"dataset": "digits", "network": {"layers": layers}, "training": training}


def weights_of(service: httpx.Client, job: str, name: str = "weights.safetensors") -> dict[str, np.ndarray]:
    answer = service.get(f"/v1/jobs/{job}/artifacts/{name}")
    assert answer.status_code == 200, answer.text
    return load(answer.content)


@pytest.fixture(scope="module")
def source(service: httpx.Client) -> str:
    """A job whose last weights are not its best ones."""
    job = train(service, spec(OLD, epochs=6, optimizer={"type": "SGD", "learning_rate": 1.0}))
    assert results_of(service, job)["best_weights"]["artifact"] == "best_weights.safetensors"
    return job


def at_home(weights: dict[str, np.ndarray], phases: list[dict[str, Any]]) -> tuple[keras.Model, list[dict[str, float]]]:
    images, labels = load_digits(return_X_y=True)
    pixels = (images.reshape(-1, 8, 8) / 16).astype("float32")
    keras.backend.clear_session()
    model = plain_keras.network(NEW, (8, 8), 42)
    for name in ("hidden_1", "hidden_norm"):
        for variable in model.get_layer(name).weights:
            variable.assign(weights[f"{name}/{variable.name}"])
    logs: list[dict[str, float]] = []
    for phase in phases:
        for layer in model.layers:
            layer.trainable = not (layer.name.startswith("hidden_") and phase.get("freeze"))
        optimizer = plain_keras.instance(phase.get("optimizer", ADAM))
        model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(
            pixels,
            labels,
            batch_size=32,
            initial_epoch=len(logs),
            epochs=len(logs) + phase["epochs"],
            validation_split=0.2,
            shuffle=False,
            verbose=0,
        ).history
        logs += [dict(zip(history, values, strict=True)) for values in zip(*history.values(), strict=True)]
    return model, logs


@pytest.mark.parametrize("checkpoint", ["last", "best"])
def test_row_25_parts_of_another_network_are_copied_and_frozen(
    service: httpx.Client, source: str, checkpoint: str
) -> None:
    begun = {"from": {"job": source, "checkpoint": checkpoint}, "layers": {"hidden_*": "hidden_*"}}
    job = train(service, spec(NEW, phases=PHASES, initial_weights=begun))
    file = {"last": "weights.safetensors", "best": "best_weights.safetensors"}[checkpoint]
    copied = weights_of(service, source, file)
    model, expected = at_home(copied, PHASES)
    rows = [row["metrics"] for row in rows_of(service, job)]
    assert [{name: row[name] for name in home} for row, home in zip(rows, expected, strict=True)] == expected
    stored = weights_of(service, job)
    for layer in model.layers:
        for variable in layer.weights:
            assert np.array_equal(stored[f"{layer.name}/{variable.name}"], variable.numpy()), variable.path
    results = results_of(service, job)
    layers = {layer["name"]: layer["copied_from"] for layer in results["model_summary"]["layers"] if layer["weights"]}
    assert layers == {"hidden_1": "hidden_1", "hidden_norm": "hidden_norm", "head": None}
    told = results["initial_weights"]
    assert told["source"] == {"job": source, "checkpoint": checkpoint}
    assert told["fresh"] == ["head/kernel", "head/bias"]
    artifacts = service.get(f"/v1/jobs/{source}/artifacts").json()["data"]
    assert told["sha256"] in {one["sha256"] for one in artifacts if one["name"] == file}


def test_row_25_what_is_frozen_does_not_move_by_a_bit(service: httpx.Client, source: str) -> None:
    layers = [{**layer, "trainable": False} if "hidden" in layer.get("name", "") else layer for layer in NEW]
    job = train(service, spec(layers, initial_weights={"from": {"job": source}}))
    before, after = weights_of(service, source), weights_of(service, job)
    frozen = results_of(service, job)["initial_weights"]["frozen"]
    assert len(frozen) == 6
    for key in frozen:
        assert before[key].tobytes() == after[key].tobytes(), key


def test_row_25_a_training_goes_on_where_another_ended(service: httpx.Client) -> None:
    whole, first = train(service, spec(OLD, epochs=4, shuffle=True)), train(service, spec(OLD, epochs=2, shuffle=True))
    begun = {"from": {"job": first}, "continue": True}
    rest = train(service, spec(OLD, epochs=2, shuffle=True, initial_weights=begun))
    numbers = [(row["epoch"], row["metrics"]) for row in rows_of(service, rest)]
    assert numbers == [(row["epoch"], row["metrics"]) for row in rows_of(service, whole)][2:]
    one, other = results_of(service, rest), results_of(service, whole)
    for name in ("final_metrics", "best_epoch", "best_metrics", "epochs_run", "best_weights", "stored_metrics"):
        assert one[name] == other[name], name
    again = train(service, spec(OLD, epochs=1, shuffle=True, initial_weights={"from": {"job": rest}, "continue": True}))
    assert [row["epoch"] for row in rows_of(service, again)] == [5]


def test_row_25_a_layer_that_does_not_match_is_a_fault_ahead_of_the_training(
    service: httpx.Client, source: str
) -> None:
    begun = {"from": {"job": source}, "layers": {"head": "hidden_1"}}
    answer = post(service, spec(NEW, initial_weights=begun))
    assert answer.status_code == 422, answer.text
    assert "/training/initial_weights" in answer.text


def seen(service: httpx.Client, path: str, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What is answered there, once it is as asked."""
    deadline = time.monotonic() + 60
    while not is_so(told := service.get(path).json()):
        assert time.monotonic() < deadline, told
        time.sleep(0.05)
    return told


def test_a_job_that_is_cancelled_while_it_is_paused_can_be_begun_with_and_continued(service: httpx.Client) -> None:
    job = post(service, spec(OLD, epochs=50_000)).json()["id"]
    address = f"/v1/jobs/{job}"
    seen(service, address, lambda told: told["progress"]["epoch"] >= 2)
    for action, status in (("pause", "paused"), ("cancel", "cancelled")):
        assert service.post(f"{address}/{action}").status_code < 300
        seen(service, address, lambda told, status=status: told["status"] == status)
    files = seen(service, f"{address}/artifacts", lambda told: bool(told["data"]))["data"]
    assert "weights.safetensors" in [file["name"] for file in files]
    results = results_of(service, job)
    epochs, stored = results["epochs_run"], results["stored_weights"]
    assert files[-1]["weights"] == stored
    assert (stored["origin"], stored["is_averaged"]) == ("last", False)
    assert stored["epoch"] in {epochs, epochs + 1}, "it may have been paused within an epoch"
    begun = train(service, spec(NEW, initial_weights={"from": {"job": job}, "layers": {"hidden_*": "hidden_*"}}))
    assert results_of(service, begun)["initial_weights"]["fresh"] == ["head/kernel", "head/bias"]
    said = {"initial_weights": {"from": {"job": job}, "continue": True}}
    rest = rows_of(service, train(service, spec(OLD, epochs=2, **said)))
    whole = rows_of(service, train(service, spec(OLD, epochs=epochs + 2)))
    assert [row["epoch"] for row in rest] == [epochs + 1, epochs + 2]
    assert [row["metrics"] for row in rest] == [row["metrics"] for row in whole[epochs:]]
