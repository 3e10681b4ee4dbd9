"""What the results say of `model.keras` is what plain Keras finds in it."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from safetensors.numpy import load_file

from spec.datasets.choice import DatasetSpec
from spec.training.training import TrainingSpec
from tests.trainer.trainer_process import TrainerProcess
from worker.messages import Ended, Epoch, Saving
from worker.trainer.data.prepared import PreparedDataSets
from worker.trainer.network.build import build_callbacks
from worker.trainer.results.course import Course, EpochRow
from worker.trainer.results.stored_weights import StoredWeights, weights_of_moment

# Keras 3.15 reads an optimizer's rate through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

BOTH = {"name": "iris", "split": {"validation": 0.2, "test": 0.2, "seed": 3}}
TEST_ONLY = {"name": "iris", "split": {"test": 0.2, "seed": 3}}
ONE_VALIDATED = {"name": "iris", "split": {"validation": 0.3, "seed": 3}}
LAYERS: list[dict[str, Any]] = [
    {"type": "Dense", "units": 6, "activation": "elu"},
    {"type": "BatchNormalization"},
    {"type": "Dense", "units": 3, "activation": "softmax"},
]
EMA: dict[str, Any] = {"type": "SGD", "learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.8}
WILD = {"optimizer": {"type": "SGD", "learning_rate": 1e30}, "loss": "mse", "metrics": []}
FROM_FIRST = {"type": "EarlyStopping", "monitor": "loss", "min_delta": 100.0, "patience": 2}
STOPPING = {**FROM_FIRST, "restore_best_weights": True}
SWAP = {"type": "SwapEMAWeights"}
SWAP_AND_LEAVE = {**SWAP, "swap_on_epoch": True}

Told = tuple[str, int, bool]
CASES: dict[str, tuple[object, dict[str, Any], Told]] = {
    "as it ended": (BOTH, {}, ("last", 4, False)),
    "without rows held back": ("iris", {}, ("last", 4, False)),
    "test rows alone": (TEST_ONLY, {}, ("last", 4, False)),
    "averages": (ONE_VALIDATED, {"optimizer": EMA}, ("moving_average", 4, True)),
    "averages that overwrite": (BOTH, {"optimizer": EMA | {"ema_overwrite_frequency": 5}}, ("moving_average", 4, True)),
    "averages in half precision": (
        ONE_VALIDATED,
        {"optimizer": EMA, "precision": "mixed_float16"},
        ("moving_average", 4, True),
    ),
    "schedule-free": (BOTH, {"optimizer": "ScheduleFreeAdamW"}, ("last", 4, False)),
    "best epoch": (BOTH, {"callbacks": [STOPPING]}, ("best_epoch", 1, False)),
    "best epoch, not averages": (BOTH, {"optimizer": EMA, "callbacks": [STOPPING]}, ("best_epoch", 1, False)),
    "evaluated on averages": (BOTH, {"optimizer": EMA, "callbacks": [SWAP]}, ("moving_average", 4, True)),
    "averages in place": (BOTH, {"optimizer": EMA, "callbacks": [SWAP_AND_LEAVE]}, ("moving_average", 4, True)),
    "averages of the best epoch": (
        BOTH,
        {"optimizer": EMA, "callbacks": [SWAP_AND_LEAVE, STOPPING]},
        ("best_epoch", 1, True),
    ),
    "best epoch ahead of the averages": (
        BOTH,
        {"optimizer": EMA, "callbacks": [STOPPING, SWAP_AND_LEAVE]},
        ("best_epoch", 1, False),
    ),
    "averages lost by stopping": (
        BOTH,
        {"optimizer": EMA, "callbacks": [SWAP_AND_LEAVE, FROM_FIRST]},
        ("last", 3, False),
    ),
    "NaN": (BOTH, {**WILD, "callbacks": [{"type": "TerminateOnNaN"}]}, ("last", 1, False)),
    "NaN, raised": (
        BOTH,
        {**WILD, "callbacks": [{"type": "TerminateOnNaN", "raise_error": True}, STOPPING]},
        ("last", 1, False),
    ),
}


def training(**said: object) -> dict[str, Any]:
    shared = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], "optimizer": EMA | {"use_ema": False}}
    return {**shared, "epochs": 4, "seed": 5, "batch_size": 30, **said}


def evaluated(path: Path, dataset: Any, said: dict[str, Any]) -> dict[str, float]:  # noqa: ANN401 (JSON)
    """What plain Keras finds, by the names of the results."""
    encoding = "one_hot" if said["loss"] == "mse" else "classes"
    asked = dataset if isinstance(dataset, str) else DatasetSpec.model_validate(dataset)
    data = PreparedDataSets().get(asked, TrainingSpec.model_validate(said), encoding)
    held_back = {"val_": data.validation, "test_": data.test}
    rows = {prefix: some for prefix, some in held_back.items() if some is not None} or {"": data.training}
    model = keras.models.load_model(path)
    found: dict[str, float] = {}
    for prefix, some in rows.items():
        logs = model.evaluate(*some.unweighted, batch_size=30, verbose=0, return_dict=True)
        found |= {f"{prefix}{name}": value for name, value in logs.items()}
    return found


@pytest.mark.parametrize("case", CASES)
def test_what_is_stored_is_told_and_evaluated(trainer: TrainerProcess, tmp_path: Path, case: str) -> None:
    dataset, changes, told = CASES[case]
    said = training(**changes)
    epochs, ended = trainer.train({"dataset": dataset, "network": {"layers": LAYERS}, "training": said}, tmp_path)
    results = ended.results
    assert results["stored_weights"] == dict(zip(("origin", "epoch", "is_averaged"), told, strict=True))
    assert results["weights_of_epoch"] == told[1]
    swaps = any(one["type"] == "SwapEMAWeights" for one in changes.get("callbacks", []))
    assert results["epoch_weights"] == ("moving_average" if swaps else "last")
    expected = evaluated(tmp_path / "model.keras", dataset, said)
    assert results["stored_metrics"] == pytest.approx(expected, rel=1e-6, nan_ok=True)
    final = {name: value for name, value in results["final_metrics"].items() if name.startswith("test_")}
    if ended.outcome == "succeeded":
        assert final == {name: value for name, value in results["stored_metrics"].items() if name.startswith("test_")}
        row = {name: value for name, value in epochs[told[1] - 1].metrics.items() if name.startswith("val_")}
        if not told[2] and not swaps:
            assert row.items() <= results["stored_metrics"].items()
        if told[0] == "moving_average" and not swaps:
            assert row["val_loss"] != results["stored_metrics"]["val_loss"]


def test_a_job_that_was_stopped_stored_no_model_but_its_weights(trainer: TrainerProcess, tmp_path: Path) -> None:
    said = training(epochs=100_000, batch_size=1)
    trainer.order({"dataset": "iris", "network": {"layers": LAYERS}, "training": said}, tmp_path)
    while not isinstance(trainer.next_report(), Epoch):
        pass
    trainer.stop()
    reports = trainer.reports()
    ended = reports[-1]
    assert isinstance(ended, Ended)
    assert ended.outcome == "stopped"
    # What there is ahead of the weights, in case that they cannot be written in time.
    so_far = next(report.so_far for report in reports if isinstance(report, Saving))
    assert so_far is not None
    assert [artifact.name for artifact in so_far.artifacts] == ["history.csv", "logs"]
    same = ("epochs_run", "best_epoch", "final_metrics", "model_summary", "environment")
    assert [so_far.results[name] for name in same] == [ended.results[name] for name in same]
    assert not {"stored_weights", "can_be_continued"} & so_far.results.keys()
    assert "stored_metrics" not in ended.results
    names = {artifact.name for artifact in ended.artifacts}
    assert "model.keras" not in names
    assert {"weights.safetensors", "history.csv", "logs"} <= names
    arrays = load_file(tmp_path / "weights.safetensors")
    assert arrays["dense/kernel"].shape == (4, 6)
    header = json.loads(arrays["@state"].tobytes())["header"]
    epoch = ended.results["epochs_run"] + (header["step"] > 0)
    assert ended.results["stored_weights"] == {"origin": "last", "epoch": epoch, "is_averaged": False}
    assert ended.results["can_be_continued"] is True
    assert ended.results["best_weights"] is None


def test_a_failure_within_the_training_leaves_its_weights(trainer: TrainerProcess, tmp_path: Path) -> None:
    said = training(**WILD, callbacks=[{"type": "TerminateOnNaN", "raise_error": True}])
    _, ended = trainer.train({"dataset": BOTH, "network": {"layers": LAYERS}, "training": said}, tmp_path)
    assert (ended.outcome, ended.code) == ("failed", "diverged")
    assert "weights.safetensors" in {artifact.name for artifact in ended.artifacts}
    assert ended.results["best_weights"] is None
    assert not np.isfinite(load_file(tmp_path / "weights.safetensors")["dense/kernel"]).all()
    # It broke off within a step: its weights can be copied, and that is all.
    assert ended.results["can_be_continued"] is False


def test_a_failure_ahead_of_its_weights_tells_nothing_of_a_file(trainer: TrainerProcess, tmp_path: Path) -> None:
    said = training(initial_weights={"from": {"job": "job_01m837hdcm2388q2gmec00park"}})
    _, ended = trainer.train({"dataset": BOTH, "network": {"layers": LAYERS}, "training": said}, tmp_path)
    assert ended.outcome == "failed"
    assert not {"can_be_continued", "stored_weights"} & ended.results.keys()


def test_weights_of_any_moment_are_told_as_what_they_are() -> None:
    said = TrainingSpec.model_validate(training(optimizer=EMA, callbacks=[{"type": "SwapEMAWeights"}]))
    callbacks = build_callbacks(said)
    course = Course(rows=[EpochRow(number, {"loss": 1.0}, 1.0) for number in (1, 2)])

    def told(*, is_whole: bool = True, before: StoredWeights | None = None) -> tuple[str, int, bool]:
        found = weights_of_moment(course, said, callbacks, is_whole=is_whole, before=before)
        return found.origin, found.epoch, found.is_averaged

    former = StoredWeights("best_epoch", 1, is_averaged=False)
    assert told() == ("last", 2, False)
    course.phase_epoch = 2
    assert told(before=former) == ("best_epoch", 1, False)
    course.epoch_began_at = 0.0
    # It was stopped ahead of the first step of its third epoch, or failed within that step.
    assert told(before=former) == ("best_epoch", 1, False)
    assert told(is_whole=False, before=former) == ("last", 3, False)
    course.step = 1
    assert told(before=former) == ("last", 3, False)
    callbacks[-1]._ema_weights_in_model = True
    assert told() == ("moving_average", 3, True)
