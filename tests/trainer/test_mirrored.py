"""One job on two logical devices of the CPU: the numbers of `fit` under a MirroredStrategy, to the bit."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import sklearn.datasets
import sklearn.metrics
from safetensors.numpy import load_file

from tests.trainer.mirrored_program import CASES
from tests.trainer.own_process import said_by
from tests.trainer.trainer_process import TrainerProcess
from worker.messages import Ended, Started

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")


@pytest.fixture(scope="module")
def problems() -> dict[str, str | None]:
    """Case -> what went wrong with it. In a process of its own: in this one TensorFlow has its devices already."""
    return dict(json.loads(line) for line in said_by("tests.trainer.mirrored_program").splitlines())


@pytest.mark.parametrize("case", [case.__name__ for case in CASES])
def test_it_trains_as_in_keras_and_goes_on_to_the_bit(problems: dict[str, str | None], case: str) -> None:
    assert problems[case] is None, problems[case]


@pytest.fixture(scope="module")
def trainer() -> Iterator[TrainerProcess]:
    process = TrainerProcess("--replicas", "2")
    yield process
    process.close()


def job(units: int, gpus: int, **training: object) -> dict[str, Any]:
    layers = [
        {"type": "Flatten"},
        {"type": "Dense", "units": units, "activation": "elu"},
        {"type": "BatchNormalization"},
        {"type": "Dense", "units": 10, "activation": "softmax"},
    ]
    said = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], "optimizer": "adam", "seed": 11}
    return {
        "dataset": "digits",
        "network": {"layers": layers},
        "training": {**said, "epochs": 2, "validation_split": 0.2, **training},
        "resources": {"gpus": gpus},
    }


def trained(
    trainer: TrainerProcess, spec: dict[str, Any], folder: Path, weights: Path | None = None
) -> tuple[Started, Ended]:
    folder.mkdir()
    trainer.order(spec, folder, weights=weights)
    started = trainer.next_start()
    ended = trainer.reports()[-1]
    assert isinstance(ended, Ended)
    assert ended.outcome == "succeeded", (folder / "trainer.log").read_text()
    return started, ended


def test_a_process_trains_one_job_after_the_other_on_as_many_devices_as_each_asks_for(
    trainer: TrainerProcess, tmp_path: Path
) -> None:
    assert trainer.ready.devices == ["CPU:0", "CPU:1"]
    started, ended = trained(trainer, job(16, gpus=2), tmp_path / "first")
    assert started.device == "CPU:0, CPU:1"
    assert ended.results["environment"]["device"] == "CPU:0, CPU:1"
    assert ended.results["final_metrics"]["val_accuracy"] > 0.5
    alone, _ = trained(trainer, job(16, gpus=1), tmp_path / "second")
    assert alone.device == "CPU:0"
    # Other shapes than the first job's: nothing of its sums may be left in the process.
    trained(trainer, job(24, gpus=2), tmp_path / "third")


def held_back() -> tuple[np.ndarray, np.ndarray]:
    """The validation rows of these jobs."""
    bunch: Any = sklearn.datasets.load_digits()
    return bunch.images[-360:].astype("float32") / 16, bunch.target[-360:]


def test_its_weights_are_those_of_the_model_and_it_goes_on_from_them_to_the_bit(
    trainer: TrainerProcess, tmp_path: Path
) -> None:
    _, whole = trained(trainer, job(16, gpus=2, epochs=3), tmp_path / "whole")
    trained(trainer, job(16, gpus=2, epochs=1), tmp_path / "first")
    begun = {"from": {"job": "job_01m837hdcm2388q2gmec00park"}, "continue": True}
    source = tmp_path / "first" / "weights.safetensors"
    _, ended = trained(trainer, job(16, gpus=2, epochs=2, initial_weights=begun), tmp_path / "rest", weights=source)
    assert ended.results["final_metrics"] == whole.results["final_metrics"]
    assert ended.results["best_weights"] == whole.results["best_weights"]
    one, other = (load_file(tmp_path / name / "weights.safetensors") for name in ("rest", "whole"))
    compared = [key for key in other if key not in {"@state", "@epochs"}]
    assert [key for key in compared if one[key].tobytes() != other[key].tobytes()] == []
    assert "@device_1/batch_normalization/moving_mean" in compared
    model = keras.models.load_model(tmp_path / "whole" / "model.keras")
    for layer in model.layers:
        for variable in layer.weights:
            assert np.array_equal(other[f"{layer.name}/{variable.name}"], variable.numpy()), variable.path
    # What is evaluated is the file, though the second device has moving averages of its own.
    rows, target = held_back()
    predicted = np.argmax(model.predict(rows, verbose=0), axis=1)
    matrix = sklearn.metrics.confusion_matrix(target, predicted)
    assert whole.results["evaluation"]["validation"]["confusion_matrix"] == matrix.tolist()


def test_keras_alone_loads_the_model(trainer: TrainerProcess, tmp_path: Path) -> None:
    _, ended = trained(trainer, job(16, gpus=2, precision="mixed_bfloat16"), tmp_path / "model")
    model = keras.models.load_model(tmp_path / "model" / "model.keras")
    rows, target = held_back()
    accuracy = np.mean(np.argmax(model.predict(rows, verbose=0), axis=1) == target)
    # The moving averages in the file are those of the first device, the accuracy is of both.
    assert accuracy == pytest.approx(ended.results["final_metrics"]["val_accuracy"], abs=0.05)
