"""What is told of a course of epochs names the event, not the row that happened to be the last."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import pytest

from spec.training.callbacks import NonFiniteLoss
from spec.training.training import TrainingSpec
from tests.wording import faults_of_sentence
from worker.trainer.failures import Diverged, raise_if_diverged
from worker.trainer.network.build import build_callbacks
from worker.trainer.results.course import Course, EpochRow
from worker.trainer.results.outcome import end_of

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

INF, NAN = math.inf, math.nan
STOPPED = '`EarlyStopping` stopped the training because "loss"'


def course_of(losses: Sequence[float]) -> Course:
    return Course(rows=[EpochRow(number, {"loss": loss}, 1.0) for number, loss in enumerate(losses, 1)])


@pytest.mark.parametrize(
    ("losses", "told"),
    [
        ([NAN], "NaN in epoch 1"),
        ([NAN] * 20, "NaN in epochs 1 to 20"),
        ([1.0, NAN, 2.0, NAN, NAN], "NaN in epochs 4 to 5"),
        ([1.0, INF], "infinite in epoch 2"),
        ([1.0, INF, INF, NAN, NAN], "infinite in epochs 2 to 3 and NaN in epochs 4 to 5"),
        ([INF, NAN], "infinite in epoch 1 and NaN in epoch 2"),
        ([-INF, INF, NAN], "infinite in epochs 1 to 2 and NaN in epoch 3"),
    ],
)
def test_divergence_names_the_stretch(losses: list[float], told: str) -> None:
    with pytest.raises(Diverged) as raised:
        raise_if_diverged(course_of(losses))
    assert faults_of_sentence(raised.value.message) == []
    assert raised.value.message.startswith(f"The loss was {told}. ")


@pytest.mark.parametrize("losses", [[1.0], [NAN, 1.0], [INF, NAN, 0.0]])
def test_a_loss_that_is_finite_again_has_not_diverged(losses: list[float]) -> None:
    raise_if_diverged(course_of(losses))


def test_terminate_on_nan_names_its_step() -> None:
    course = course_of([1.0, NAN])
    course.non_finite_loss = NonFiniteLoss(2, 7, NAN)
    planned = TrainingSpec.model_validate({"loss": "mse", "epochs": 100, "callbacks": [{"type": "TerminateOnNaN"}]})
    assert end_of(course, planned, [keras.callbacks.TerminateOnNaN()])["stop_reason"] == (
        "`TerminateOnNaN` stopped the training because the loss became NaN after step 7 of epoch 2."
    )


@pytest.fixture(scope="module")
def model() -> keras.Model:
    made = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    made.compile(loss="mse", optimizer="sgd")
    return made


def stopped(model: keras.Model, losses: Sequence[float], *stopping: dict[str, Any]) -> dict[str, Any]:
    """What is told of a training with these losses, watched by Keras's own callbacks."""
    declared = [{"type": "EarlyStopping", "monitor": "loss", "mode": "min", **said} for said in stopping]
    planned = TrainingSpec.model_validate({"loss": "mse", "epochs": 100, "callbacks": declared})
    callbacks = build_callbacks(planned)
    for callback in callbacks:
        callback.set_model(model)
        callback.on_train_begin()
    model.stop_training = False
    rows: list[float] = []
    for loss in losses:
        for callback in callbacks:
            callback.on_epoch_end(len(rows), {"loss": loss})
        rows.append(loss)
        if model.stop_training:
            break
    assert model.stop_training
    return end_of(course_of(rows), planned, callbacks)


@pytest.mark.parametrize(
    ("losses", "stopping", "told"),
    [
        ([3, 2, 1, 2, 2], {"patience": 2}, "did not improve for 2 epochs. Its best value was in epoch 3"),
        ([3, 2, 2], {"patience": 0}, "did not improve for 1 epoch. Its best value was in epoch 2"),
        (
            [9, 9, 3, 4],
            {"patience": 1, "start_from_epoch": 2},
            "did not improve for 1 epoch. Its best value was in epoch 3",
        ),
        (
            [3, 2, 1, 2],
            {"patience": 2, "baseline": 0.5},
            "did not improve on the baseline of 0.5 for 4 epochs. Its best value was in epoch 3",
        ),
        ([NAN] * 4, {"patience": 3}, "was NaN in epochs 1 to 4"),
        ([INF, INF, NAN], {"patience": 2}, "was infinite in epochs 1 to 2 and NaN in epoch 3"),
        ([NAN, 2, 1, 1], {"patience": 2}, "was NaN in epoch 1, and no value counts as better than that"),
        (
            [3, 2, INF, NAN],
            {"patience": 2},
            "did not improve for 2 epochs. After epoch 2, it was infinite in epoch 3 and NaN in epoch 4",
        ),
    ],
)
@pytest.mark.parametrize("restores", [False, True])
def test_early_stopping_names_since_when(
    model: keras.Model, losses: list[float], stopping: dict[str, Any], told: str, restores: bool
) -> None:
    ended = stopped(model, losses, {**stopping, "restore_best_weights": restores})
    assert ended["stop_reason"] == f"{STOPPED} {told}."
    assert faults_of_sentence(ended["stop_reason"]) == []
    assert ended["stopped_early"]


def test_the_callback_that_stopped_is_told_and_the_last_that_restores(model: keras.Model) -> None:
    patient = {"patience": 50, "restore_best_weights": True, "start_from_epoch": 2}
    ended = stopped(model, [1, 2, 3, 4], patient, {"patience": 3, "restore_best_weights": True})
    assert ended["stop_reason"] == f"{STOPPED} did not improve for 3 epochs. Its best value was in epoch 1."
    assert ended["weights_of_epoch"] == 1
    ended = stopped(model, [1, 2, 3, 4], {"patience": 3, "restore_best_weights": True}, patient)
    assert ended["weights_of_epoch"] == 3
