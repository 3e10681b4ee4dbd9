"""A training that goes on where another one ended, against one that was as long from the beginning: to the bit."""

import csv
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from spec.datasets.choice import DatasetSpec
from spec.training.training import TrainingSpec
from tests.trainer import plain_keras
from tests.trainer.trainer_process import TrainerProcess
from worker.messages import Checkpoint, Ended, Epoch, Progress, Report, Started
from worker.trainer.data.prepared import PreparedDataSets

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

OPTIONS = ("--checkpoint-seconds", "0.01")
SOURCE = "job_01m837hdcm2388q2gmec00park"
DATASET = {"name": "iris", "split": {"validation": 0.2, "test": 0.1, "seed": 3}}
LAYERS: list[dict[str, Any]] = [
    {"type": "Dense", "units": 8, "activation": "elu"},
    {"type": "BatchNormalization"},
    {"type": "Dropout", "rate": 0.2},
    {"type": "Dense", "units": 3, "activation": "softmax"},
]
FIRST, ALL = 3, 6
ADAM = {"type": "Adam", "learning_rate": 0.02}
DECAY = {"type": "ExponentialDecay", "initial_learning_rate": 0.2, "decay_steps": 5, "decay_rate": 0.8}
EMA = {"type": "SGD", "learning_rate": 0.1, "momentum": 0.9, "use_ema": True, "ema_momentum": 0.8}
WAITING = {"type": "EarlyStopping", "monitor": "val_loss", "patience": 50}
RESTORING = {**WAITING, "monitor": "val_accuracy", "restore_best_weights": True}
PLATEAU = {"type": "ReduceLROnPlateau", "monitor": "loss", "min_delta": 100.0, "patience": 1, "factor": 0.5}

CASES: dict[str, dict[str, Any]] = {
    "plateau and waiting": {"optimizer": ADAM, "callbacks": [PLATEAU, WAITING]},
    "schedule by step": {"optimizer": {"type": "Nadam", "learning_rate": DECAY}},
    "schedule by epoch": {
        "optimizer": {"type": "SGD", "learning_rate": {**DECAY, "decay_steps": 1, "unit": "epoch"}, "momentum": 0.5}
    },
    "averages": {"optimizer": EMA},
    "averages swapped": {
        "optimizer": {**EMA, "ema_overwrite_frequency": 7},
        "callbacks": [{"type": "SwapEMAWeights", "swap_on_epoch": True}],
    },
    "best weights restored": {"optimizer": {"type": "SGD", "learning_rate": 2.0}, "callbacks": [RESTORING]},
    "layers with rates of their own": {"optimizer": ADAM, "learning_rate_multipliers": {"dense": 0.1}},
}


def job(epochs: int, **said: object) -> dict[str, Any]:
    training = {
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy", "SparseTopKCategoricalAccuracy"],
        "optimizer": ADAM,
        "epochs": epochs,
        "batch_size": 16,
        "seed": 5,
        **said,
    }
    return {"dataset": DATASET, "network": {"layers": LAYERS}, "training": training}


def continued(epochs: int, **said: object) -> dict[str, Any]:
    return job(epochs, initial_weights={"from": {"job": SOURCE}, "continue": True}, **said)


def trained(trainer: TrainerProcess, spec: dict[str, Any], folder: Path, **order: Any) -> list[Report]:  # noqa: ANN401
    folder.mkdir()
    trainer.order(spec, folder, **order)
    return trainer.reports()


def rows_of(reports: list[Report]) -> list[tuple[int, dict[str, float]]]:
    return [(report.epoch, report.metrics) for report in reports if isinstance(report, Epoch)]


def end_of(reports: list[Report]) -> Ended:
    ended = reports[-1]
    assert isinstance(ended, Ended)
    return ended


def history_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "history.csv").open() as file:
        return [{name: row[name] for name in row if name != "duration_seconds"} for row in csv.DictReader(file)]


def arrays_of(path: Path) -> dict[str, bytes]:
    """What a file of weights holds, but for the times that are told in it."""
    return {name: array.tobytes() for name, array in load_file(path).items() if name not in {"@state", "@epochs"}}


def assert_as_the_longer_one(folder: Path, longer: Path, ended: Ended, expected: Ended) -> None:
    told = ("final_metrics", "best_epoch", "best_metrics", "epochs_run", "stopped_early", "stop_reason")
    for name in (*told, "stored_weights", "stored_metrics", "best_weights", "weights_of_epoch"):
        assert ended.results[name] == expected.results[name], name
    assert ended.results["best_weights"] is not None
    assert history_of(folder) == history_of(longer)
    assert arrays_of(folder / "weights.safetensors") == arrays_of(longer / "weights.safetensors")
    model, other = (keras.models.load_model(one / "model.keras") for one in (folder, longer))
    for variable, same in zip(model.weights, other.weights, strict=True):
        assert np.array_equal(variable.numpy(), same.numpy()), variable.path
    files = {artifact.name for artifact in ended.artifacts}
    assert files == {artifact.name for artifact in expected.artifacts}
    if "best_weights.safetensors" in files:
        assert arrays_of(folder / "best_weights.safetensors") == arrays_of(longer / "best_weights.safetensors")


@pytest.mark.parametrize("case", CASES)
def test_its_numbers_are_those_of_a_single_longer_training(trainer: TrainerProcess, tmp_path: Path, case: str) -> None:
    said = CASES[case]
    whole = trained(trainer, job(ALL, **said), tmp_path / "whole")
    assert end_of(whole).outcome == "succeeded", end_of(whole).message
    trained(trainer, job(FIRST, **said), tmp_path / "first")
    source = tmp_path / "first" / "weights.safetensors"
    spec = continued(ALL - FIRST, **said)
    rest = trained(trainer, spec, tmp_path / "rest", weights=source, known_epochs=FIRST)
    (started,) = [report for report in rest if isinstance(report, Started)]
    assert (started.epochs, started.from_epoch) == (ALL, FIRST)
    assert rows_of(rest) == rows_of(whole)[FIRST:]
    assert_as_the_longer_one(tmp_path / "rest", tmp_path / "whole", end_of(rest), end_of(whole))
    told = end_of(rest).results["initial_weights"]
    assert told["fresh"] == []
    assert len(told["copied"]) == 8


def stopped(trainer: TrainerProcess, spec: dict[str, Any], folder: Path, epoch: int, **order: Any) -> list[Report]:  # noqa: ANN401
    """Train until an epoch ends, and stop there or soon after, within an epoch."""
    folder.mkdir()
    is_resumed = order.pop("is_to_be_resumed", False)
    trainer.order(spec, folder, **order)
    reports: list[Report] = []
    while not reports or not isinstance(reports[-1], Ended):
        reports.append(trainer.next_report())
        if isinstance(reports[-1], Epoch) and reports[-1].epoch == epoch:
            trainer.stop(is_to_be_resumed=is_resumed)
    return reports


SLOW = {"batch_size": 1, "optimizer": ADAM, "callbacks": [PLATEAU, WAITING]}
"""Some hundred steps an epoch, between which it can be stopped."""


def test_it_goes_on_from_a_training_that_was_stopped_and_again_after_a_kill(
    trainer: TrainerProcess, tmp_path: Path
) -> None:
    many = 60
    whole = trained(trainer, job(many, **SLOW), tmp_path / "whole")
    halted = stopped(trainer, job(1000, **SLOW), tmp_path / "halted", 8)
    assert end_of(halted).outcome == "stopped"
    count = rows_of(halted)[-1][0]
    source = tmp_path / "halted" / "weights.safetensors"
    spec = continued(many - count, **SLOW)
    first = stopped(
        trainer, spec, tmp_path / "first", count + 8, weights=source, known_epochs=count, is_to_be_resumed=True
    )
    assert rows_of(first)[0][0] == count + 1
    checkpoint = [report for report in first if isinstance(report, Checkpoint)][-1]
    assert not (tmp_path / "first" / "weights.safetensors").exists()
    known = count + 3
    again = trained(
        trainer, spec, tmp_path / "again", attempt=2, checkpoint=checkpoint.path, weights=source, known_epochs=known
    )
    (started,) = [report for report in again if isinstance(report, Started)]
    assert (started.epochs, started.from_epoch) == (many, known)
    assert rows_of(first)[: known - count] + rows_of(again) == rows_of(whole)[count:]
    assert_as_the_longer_one(tmp_path / "again", tmp_path / "whole", end_of(again), end_of(whole))
    # A checkpoint that is of no use: it begins once more after the epochs of the other training.
    damaged = tmp_path / "damaged.npz"
    damaged.write_bytes(b"nothing")
    short = {**spec, "training": {**spec["training"], "epochs": 1}}
    anew = trained(
        trainer, short, tmp_path / "anew", attempt=2, checkpoint=str(damaged), weights=source, known_epochs=count
    )
    assert rows_of(anew) == rows_of(whole)[count : count + 1]


def test_it_can_be_continued_again_and_progress_counts_all_epochs(trainer: TrainerProcess, tmp_path: Path) -> None:
    whole = trained(trainer, job(4), tmp_path / "0")
    trained(trainer, job(1), tmp_path / "1")
    for epochs in (2, 3, 4):
        source = tmp_path / str(epochs - 1) / "weights.safetensors"
        reports = trained(trainer, continued(1), tmp_path / str(epochs), weights=source)
        assert rows_of(reports) == rows_of(whole)[epochs - 1 : epochs]
        fractions = [report.fraction for report in reports if isinstance(report, Progress)]
        assert all(fraction >= (epochs - 1) / epochs for fraction in fractions)
    assert_as_the_longer_one(tmp_path / "4", tmp_path / "0", end_of(reports), end_of(whole))


def test_another_rate_takes_the_place_of_the_former_one(trainer: TrainerProcess, tmp_path: Path) -> None:
    shared = {"shuffle": False, "metrics": ["accuracy"]}
    sgd = {"type": "SGD", "learning_rate": 0.1, "momentum": 0.9}
    trained(trainer, job(2, optimizer=sgd, callbacks=[PLATEAU], **shared), tmp_path / "first")
    spec = continued(3, optimizer={**sgd, "learning_rate": 0.03}, callbacks=[PLATEAU], **shared)
    reports = trained(trainer, spec, tmp_path / "rest", weights=tmp_path / "first" / "weights.safetensors")
    said = job(2, optimizer=sgd, **shared)["training"]
    data = PreparedDataSets().get(DatasetSpec.model_validate(DATASET), TrainingSpec.model_validate(said), "classes")
    assert data.validation is not None
    model = plain_keras.compiled(LAYERS, said, data.training.features.shape[1:])
    fit = {"batch_size": 16, "shuffle": False, "verbose": 0, "validation_data": data.validation.unweighted}
    rates = keras.callbacks.LearningRateScheduler(lambda epoch: [0.1, 0.1, 0.03, 0.015, 0.0075][epoch])
    model.fit(*data.training.unweighted, epochs=2, callbacks=[rates], **fit)
    history = model.fit(*data.training.unweighted, initial_epoch=2, epochs=5, callbacks=[rates], **fit).history
    expected = [dict(zip(history, values, strict=True)) for values in zip(*history.values(), strict=True)]
    assert [row["learning_rate"] for _, row in rows_of(reports)] == [row["learning_rate"] for row in expected]
    assert [{**row, "learning_rate": 0} for _, row in rows_of(reports)] == [
        {**row, "learning_rate": 0} for row in expected
    ]


def test_a_schedule_in_the_place_of_a_rate_counts_on(trainer: TrainerProcess, tmp_path: Path) -> None:
    trained(trainer, job(2, optimizer=ADAM), tmp_path / "first")
    source = tmp_path / "first" / "weights.safetensors"
    rates = {}
    for unit, schedule in {"step": DECAY, "epoch": {**DECAY, "unit": "epoch", "decay_steps": 1}}.items():
        spec = continued(2, optimizer={**ADAM, "learning_rate": schedule})
        reports = trained(trainer, spec, tmp_path / unit, weights=source)
        rates[unit] = [row["learning_rate"] for _, row in rows_of(reports)]
    steps = 7  # 105 rows in batches of 16
    assert rates["step"] == pytest.approx([0.2 * 0.8 ** (steps * epochs / 5) for epochs in (3, 4)], rel=1e-5)
    assert rates["epoch"] == pytest.approx([0.2 * 0.8**epoch for epoch in (2, 3)], rel=1e-5)


def test_what_asked_for_the_end_asks_again_after_another_epoch(trainer: TrainerProcess, tmp_path: Path) -> None:
    stopping = {"type": "EarlyStopping", "monitor": "loss", "min_delta": 100.0, "patience": 2}
    first = trained(trainer, job(9, callbacks=[stopping]), tmp_path / "first")
    assert len(rows_of(first)) == 3
    source = tmp_path / "first" / "weights.safetensors"
    rest = trained(trainer, continued(9, callbacks=[stopping]), tmp_path / "rest", weights=source)
    assert [epoch for epoch, _ in rows_of(rest)] == [4]
    assert end_of(rest).results["stopped_early"]


def test_neither_time_nor_a_loss_that_was_not_finite_come_along(trainer: TrainerProcess, tmp_path: Path) -> None:
    watching = {"callbacks": [{"type": "TerminateOnNaN"}]}
    trained(trainer, job(2, **watching), tmp_path / "first")
    # As of a training of many hours that ended on its loss, while its weights stayed finite: in half precision they do.
    arrays, path = load_file(tmp_path / "first" / "weights.safetensors"), tmp_path / "ended.safetensors"
    state, hours = json.loads(arrays["@state"].tobytes()), 10_000.0
    header = state["header"]
    header |= {"non_finite_loss": [2, 7, float("nan")], "first_step_seconds": hours, "evaluation_seconds": hours}
    header["timings"] = dict.fromkeys(header["timings"], hours)
    rows = [json.loads(line) for line in arrays["@epochs"].tobytes().splitlines()]
    lines = "".join(json.dumps([number, metrics, hours]) + "\n" for number, metrics, _ in rows)
    arrays |= {
        name: np.frombuffer(text.encode(), "uint8")
        for name, text in {"@state": json.dumps(state), "@epochs": lines}.items()
    }
    with safe_open(tmp_path / "first" / "weights.safetensors", "numpy") as file:
        save_file(arrays, path, metadata=file.metadata())
    ended = end_of(trained(trainer, continued(1, **watching), tmp_path / "rest", weights=path))
    assert ended.outcome == "succeeded", ended.message
    assert ended.results["epochs_run"] == 3
    timings = ended.results["timings"]
    assert all(0 < seconds < hours for seconds in timings.values()), timings
    assert timings["mean_epoch_seconds"] == timings["training_seconds"]


def test_a_file_that_nobody_can_go_on_from_fails_the_job(trainer: TrainerProcess, tmp_path: Path) -> None:
    trained(trainer, job(1), tmp_path / "first")
    weights = tmp_path / "first" / "weights.safetensors"
    broken = tmp_path / "broken.safetensors"
    layers = json.dumps([["dense", "Dense"]])
    save_file({"dense/kernel": np.zeros((4, 8), "float32")}, broken, metadata={"format": "1", "layers": layers})
    ended = end_of(trained(trainer, continued(1), tmp_path / "broken", weights=broken))
    assert "broke off within a step" in str(ended.message)
    wider = continued(1)
    wider["network"] = {"layers": [{**LAYERS[0], "units": 9}, *LAYERS[1:]]}
    other = continued(1, optimizer="SGD")
    for number, spec in enumerate([wider, other]):
        ended = end_of(trained(trainer, spec, tmp_path / str(number), weights=weights))
        assert (ended.outcome, ended.code, ended.pointer) == ("failed", "data_error", "/training/initial_weights")
        assert ended.message is not None
        assert ended.message.startswith("The initial weights cannot be used. ")
        assert ended.message.endswith(" Begin with another job, or train that one again.")
