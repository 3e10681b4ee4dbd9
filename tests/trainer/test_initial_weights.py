"""A training that begins with weights of another one, against the script that does the same with Keras."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import sklearn.datasets
from safetensors.numpy import load_file, save_file

from tests.trainer import plain_keras
from tests.trainer.reuse import ADAM, HIDDEN, OLD, PHASES
from tests.trainer.trainer_process import TrainerProcess
from worker.messages import Ended, Epoch

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

SOURCE = "job_01m837hdcm2388q2gmec00park"
NEW = [
    *HIDDEN,
    {"type": "Dense", "units": 12, "activation": "elu", "name": "between"},
    {"type": "Dense", "units": 10, "activation": "softmax", "name": "head"},
]
COPIED = ["hidden_1/kernel", "hidden_1/bias"]
COPIED += [f"hidden_norm/{name}" for name in ("gamma", "beta", "moving_mean", "moving_variance")]
FRESH = ["between/kernel", "between/bias", "head/kernel", "head/bias"]


def job(layers: list[dict[str, Any]], **said: object) -> dict[str, Any]:
    training = {
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer": ADAM,
        "validation_split": 0.2,
        "batch_size": 16,
        "seed": 7,
        **({} if "phases" in said else {"epochs": 2}),
        **said,
    }
    return {"dataset": "digits", "network": {"layers": layers}, "training": training}


def begun(layers: dict[str, str] | None = None, checkpoint: str = "last") -> dict[str, Any]:
    return {"from": {"job": SOURCE, "checkpoint": checkpoint}, "layers": layers}


@pytest.fixture(scope="module")
def source(trainer: TrainerProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What another training left: its last weights are not the best ones."""
    folder = tmp_path_factory.mktemp("source")
    rate = {"type": "SGD", "learning_rate": 1.0}
    _, ended = trainer.train(job(OLD, optimizer=rate, epochs=8, seed=3), folder)
    assert ended.outcome == "succeeded", ended.message
    assert ended.results["best_epoch"] != 8
    return folder


def order(
    trainer: TrainerProcess, spec: dict[str, Any], folder: Path, weights: Path
) -> tuple[list[dict[str, float]], Ended]:
    folder.mkdir()
    trainer.order(spec, folder, weights=weights)
    reports = trainer.reports()
    ended = reports[-1]
    assert isinstance(ended, Ended)
    rows = [report.metrics for report in reports if isinstance(report, Epoch)]
    return [{name: value for name, value in row.items() if name != "learning_rate"} for row in rows], ended


def by_hand(spec: dict[str, Any], weights: Path, layers: dict[str, str]) -> tuple[keras.Model, list[dict[str, float]]]:
    """What one would write at home."""
    training = spec["training"]
    digits = sklearn.datasets.load_digits()
    features, target = (digits.images / 16).astype("float32"), digits.target
    count = int(len(features) * 0.8)
    keras.backend.clear_session()
    model = plain_keras.network(spec["network"]["layers"], (8, 8), training["seed"])
    loaded = load_file(weights)
    for name, other in layers.items():
        for variable in model.get_layer(name).weights:
            variable.assign(loaded[f"{other}/{variable.name}"])
    logs: list[dict[str, float]] = []
    for phase in training.get("phases", [{"epochs": training.get("epochs")}]):
        for layer in model.layers:
            layer.trainable = not (layer.name.startswith("hidden_") and phase.get("freeze"))
        optimizer = plain_keras.instance(phase.get("optimizer", training["optimizer"]))
        if multiplied := training.get("learning_rate_multipliers"):
            (factor,) = multiplied.values()
            slow = plain_keras.instance({**ADAM, "learning_rate": ADAM["learning_rate"] * factor})
            optimizer = keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(optimizer, {".*hidden_.*": slow}))
        model.compile(optimizer=optimizer, loss=training["loss"], metrics=["accuracy"])
        for epoch in range(len(logs), len(logs) + phase["epochs"]):
            rows = np.random.default_rng([training["seed"], epoch]).permutation(count)
            history = model.fit(
                features[rows],
                target[rows],
                initial_epoch=epoch,
                epochs=epoch + 1,
                batch_size=16,
                shuffle=False,
                verbose=0,
                validation_data=(features[count:], target[count:]),
            ).history
            logs.append({name: values[0] for name, values in history.items() if name != "learning_rate"})
    return model, logs


CASES: dict[str, tuple[dict[str, str] | None, dict[str, str], dict[str, Any]]] = {
    "same names": (None, {"hidden_1": "hidden_1", "hidden_norm": "hidden_norm"}, {}),
    "two phases": (
        {"hidden_*": "hidden_*"},
        {"hidden_1": "hidden_1", "hidden_norm": "hidden_norm"},
        {"phases": PHASES},
    ),
    "multipliers": (
        {"hidden_1": "hidden_1"},
        {"hidden_1": "hidden_1"},
        {"learning_rate_multipliers": {"hidden_*": 0.1}},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_trains_as_the_script_does(trainer: TrainerProcess, source: Path, tmp_path: Path, case: str) -> None:
    said, layers, training = CASES[case]
    weights = source / "weights.safetensors"
    spec = job(NEW, initial_weights=begun(said), **training)
    logs, ended = order(trainer, spec, tmp_path / "job", weights)
    assert ended.outcome == "succeeded", ended.message
    model, expected = by_hand(spec, weights, layers)
    assert logs == expected
    stored = load_file(tmp_path / "job" / "weights.safetensors")
    for layer in model.layers:
        for variable in layer.weights:
            assert np.array_equal(stored[f"{layer.name}/{variable.name}"], variable.numpy()), variable.path
    copied = [key for key in COPIED if key.split("/")[0] in layers]
    assert ended.results["initial_weights"] == {
        "source": {"job": SOURCE, "checkpoint": "last"},
        "sha256": "0" * 64,
        "copied": copied,
        "fresh": [key for key in COPIED + FRESH if key not in copied],
        "frozen": [],
    }


def test_what_is_frozen_stays_as_it_was_copied_to_the_bit(
    trainer: TrainerProcess, source: Path, tmp_path: Path
) -> None:
    phases = [{"epochs": 1, "freeze": ["hidden_*"]}, {"epochs": 1, "freeze": ["hidden_*", "between"]}]
    weights = source / "best_weights.safetensors"
    spec = job(NEW, phases=phases, initial_weights=begun({"hidden_*": "hidden_*"}, "best"))
    _, ended = order(trainer, spec, tmp_path / "job", weights)
    before, after = load_file(weights), load_file(tmp_path / "job" / "weights.safetensors")
    told = ended.results["initial_weights"]
    assert told["copied"] == told["frozen"] == COPIED
    for key in COPIED:
        assert before[key].tobytes() == after[key].tobytes(), key
    _, fresh = order(trainer, job(NEW, phases=phases), tmp_path / "fresh", weights)
    assert fresh.results["initial_weights"] is None


def test_the_file_is_read_by_safetensors_and_fits_into_a_plain_model(source: Path) -> None:
    loaded = load_file(source / "weights.safetensors")
    keras.backend.clear_session()
    model = plain_keras.network(OLD, (8, 8), 1)
    stored = keras.models.load_model(source / "model.keras")
    keys = {f"{layer.name}/{variable.name}" for layer in model.layers for variable in layer.weights}
    assert {key for key in loaded if not key.startswith("@")} == keys
    for layer in model.layers:
        for variable in layer.weights:
            variable.assign(loaded[f"{layer.name}/{variable.name}"])
    for one, other in zip(model.weights, stored.weights, strict=True):
        assert np.array_equal(one.numpy(), other.numpy()), one.path
    assert {key.split("/")[0] for key in loaded if key.startswith("@")} >= {"@optimizer", "@seed", "@state", "@epochs"}


def test_the_best_weights_are_those_of_the_best_epoch(trainer: TrainerProcess, source: Path, tmp_path: Path) -> None:
    rate = {"type": "SGD", "learning_rate": 1.0}
    _, whole = trainer.train(job(OLD, optimizer=rate, epochs=8, seed=3), _made(tmp_path / "whole"))
    best = whole.results["best_weights"]
    assert best == {"epoch": whole.results["best_epoch"], "artifact": "best_weights.safetensors"}
    _, until = trainer.train(job(OLD, optimizer=rate, epochs=best["epoch"], seed=3), _made(tmp_path / "until"))
    assert until.results["best_weights"] == {"epoch": best["epoch"], "artifact": "weights.safetensors"}
    assert "best_weights.safetensors" not in {artifact.name for artifact in until.artifacts}
    kept, last = load_file(source / "best_weights.safetensors"), load_file(tmp_path / "until" / "weights.safetensors")
    assert {key: array.tobytes() for key, array in kept.items()} == {
        key: array.tobytes() for key, array in last.items() if not key.startswith("@")
    }
    _, unseen = trainer.train(job(OLD, epochs=1, validation_split=0.0), _made(tmp_path / "unseen"))
    assert unseen.results["best_weights"] is None


def test_the_best_weights_are_those_that_were_evaluated(trainer: TrainerProcess, tmp_path: Path) -> None:
    ema = {"type": "SGD", "learning_rate": 1.0, "use_ema": True, "ema_momentum": 0.9}
    spec = job(OLD, optimizer=ema, epochs=8, seed=3, callbacks=[{"type": "SwapEMAWeights"}])
    epochs, ended = trainer.train(spec, _made(tmp_path / "job"))
    best = ended.results["best_weights"]
    digits = sklearn.datasets.load_digits()
    features, target = (digits.images / 16).astype("float32"), digits.target
    count = int(len(features) * 0.8)
    keras.backend.clear_session()
    model = plain_keras.network(OLD, (8, 8), 1)
    loaded = load_file(tmp_path / "job" / best["artifact"])
    for layer in model.layers:
        for variable in layer.weights:
            variable.assign(loaded[f"{layer.name}/{variable.name}"])
    model.compile(loss="sparse_categorical_crossentropy")
    loss = model.evaluate(features[count:], target[count:], batch_size=16, verbose=0)
    assert loss == pytest.approx(epochs[best["epoch"] - 1].metrics["val_loss"], rel=1e-6)


def test_it_shares_the_programs_of_a_job_of_the_same_form(
    trainer: TrainerProcess, source: Path, tmp_path: Path
) -> None:
    weights = source / "weights.safetensors"
    _, first = order(trainer, job(NEW, batch_size=24, epochs=1), tmp_path / "first", weights)
    _, second = order(trainer, job(NEW, batch_size=24, epochs=1, initial_weights=begun()), tmp_path / "second", weights)
    assert first.outcome == second.outcome == "succeeded"
    assert second.results["timings"]["first_step_seconds"] < first.results["timings"]["first_step_seconds"] / 3


def test_weights_that_do_not_fit_fail_the_job(trainer: TrainerProcess, source: Path, tmp_path: Path) -> None:
    good = source / "weights.safetensors"
    (tmp_path / "damaged").write_bytes(good.read_bytes()[:100])
    (tmp_path / "foreign").write_bytes(b"")
    save_file({"hidden_1/kernel": np.zeros((3, 3), "float32")}, tmp_path / "bare")
    said: dict[str, tuple[Path, dict[str, str] | None]] = {
        "damaged": (tmp_path / "damaged", None),
        "foreign": (tmp_path / "foreign", None),
        "bare": (tmp_path / "bare", None),
        "missing": (tmp_path / "missing", None),
        "kind": (good, {"hidden_1": "hidden_norm"}),
        "shape": (good, {"head": "old_head"}),
        "unknown": (good, {"head": "nothing"}),
    }
    for name, (weights, layers) in said.items():
        spec = job(NEW, initial_weights=begun(layers), epochs=1)
        _, ended = order(trainer, spec, tmp_path / f"job-{name}", weights)
        assert (ended.outcome, ended.code, ended.pointer) == ("failed", "data_error", "/training/initial_weights"), name
        assert str(ended.message).startswith("The initial weights cannot be used. "), name


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
