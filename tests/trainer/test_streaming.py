"""Rows that are streamed from their files: the numbers of ``fit``, at every place, in little memory."""

import itertools
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import confusion_matrix

from spec.training.training import TrainingSpec
from tests.trainer.parity import TRAINING, Engine, assert_parity, rows_of
from tests.trainer.placing import Place
from tests.trainer.plain_keras import Spec
from tests.trainer.resuming import Run
from tests.trainer.samples import DISTURBED, PLAIN, ROWS, VALIDATION
from tests.trainer.trainer_process import TrainerProcess
from worker.trainer.data.prepared import PreparedDataSets
from worker.trainer.untyped import Array

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

# --- what is read -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [None, np.random.default_rng(0).permutation(70)])
@pytest.mark.parametrize(
    "calls", [[0, 5], [0, 1, 2, 3, 4, 5], [1, 4], [3, 5], [2, 4, 0, 3, 5], [0, 2, 0, 5], [4, 5, 4]]
)
def test_every_step_gets_its_rows(place: Place, order: Array | None, calls: list[int]) -> None:
    features = np.arange(140.0).reshape(70, 2)
    streamed = place(features, np.arange(70))
    rows = None if order is None else tf.constant(order)
    expected = features if order is None else features[order]
    for first, stop in itertools.pairwise(calls):
        taken = first
        for steps in streamed.read(rows, first, max(first, stop)):
            assert steps.first == taken
            assert steps.offset <= steps.first < steps.stop <= stop
            begin = 16 * steps.offset
            np.testing.assert_array_equal(steps.tensors[0], expected[begin : begin + len(steps.tensors[0])])
            np.testing.assert_array_equal(steps.tensors[1] * 2, steps.tensors[0][:, 0])
            assert len(steps.tensors[0]) >= min(16 * (steps.stop - steps.offset), 70 - begin)
            taken = steps.stop
        assert taken == max(first, stop)


def test_another_epoch_takes_its_own_order(place: Place) -> None:
    streamed = place(np.arange(70))
    for epoch in range(3):
        order = np.random.default_rng(epoch).permutation(70)
        chunks = [steps.tensors[0] for steps in streamed.read(tf.constant(order), 0, 5)]
        np.testing.assert_array_equal(np.concatenate(chunks), order)


# --- the same numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [70, 64])
def test_they_are_those_of_fit(place: Place, rows: int) -> None:
    training = {"optimizer": {"type": "Adam", "learning_rate": 0.01}, "class_weight": {"0": 3.0, "2": 0.5}}
    assert_parity(
        DISTURBED, rows=rows_of((6,), rows=rows), validation=VALIDATION, place=place, batch_size=16, **training
    )


def test_a_convolution_is_fits(place: Place) -> None:
    layers: list[Spec] = [
        {"type": "Activation", "activation": "relu"},
        {"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu"},
        {"type": "MaxPooling2D"},
        {"type": "Flatten"},
        {"type": "Dense", "units": 3, "activation": "softmax"},
    ]
    assert_parity(layers, rows=rows_of((8, 8, 3)), place=place, batch_size=16)


def test_the_end_at_a_loss_that_is_not_finite_is_fits(place: Place) -> None:
    features, target = rows_of((6,))
    features[50] = np.nan
    course = assert_parity(
        PLAIN,
        rows=(features, target),
        at_home=lambda: [keras.callbacks.TerminateOnNaN()],
        place=place,
        batch_size=16,
        callbacks=[{"type": "TerminateOnNaN"}],
    )
    assert course.non_finite_loss is not None
    assert (course.non_finite_loss.epoch, course.non_finite_loss.step) == (1, 4)


def test_a_training_goes_on_at_every_moment(place: Place, tmp_path: Path) -> None:
    cycle = {"type": "OneCycle", "max_learning_rate": 0.2, "max_momentum": 0.95, "min_momentum": 0.85, "unit": "step"}
    said = {"optimizer": {"type": "Adam", "learning_rate": cycle}, "shuffle": True, "batch_size": 16}
    in_memory = Run(DISTURBED, ROWS, VALIDATION, kept=None, folder=tmp_path, **said).run()
    streamed = Run(DISTURBED, ROWS, VALIDATION, place=place, **said)
    for moment in range(1, 16, 2):
        assert streamed.resume(in_memory.checkpoints[moment]).differences(in_memory) == [], f"at {moment}"


# --- in little memory ---------------------------------------------------------------------------------------------


@pytest.mark.fashion_mnist
def test_what_does_not_fit_into_memory_is_trained_on_all_the_same(tmp_path: Path) -> None:
    layers: list[Spec] = [{"type": "Flatten"}, {"type": "Dense", "units": 10, "activation": "softmax"}]
    training = {**TRAINING, "epochs": 1, "batch_size": 512, "shuffle": True, "validation_split": 0.1}
    job = {"dataset": "fashion_mnist", "network": {"layers": layers}, "training": training}
    memory = ("--memory-bytes", str(800 * 2**20))
    trainer = TrainerProcess("--replicas", "2", *memory, "--data-folder", str(tmp_path / "data"))
    try:
        _, refused = trainer.train({**job, "resources": {"gpus": 2}}, tmp_path)
        (epoch,), ended = trainer.train(job, tmp_path)
    finally:
        trainer.close()
    assert (refused.code, refused.pointer) == ("out_of_memory", "/resources/gpus")
    assert ended.outcome == "succeeded"
    assert ended.results["data"]["is_streamed"] is True
    data = PreparedDataSets().get("fashion_mnist", TrainingSpec.model_validate(training), "classes")
    assert data.validation is not None
    assert data.test is not None
    rows, validation = ((one.features, one.target) for one in (data.training, data.validation))
    engine = Engine(layers, training, rows, validation)
    (row,) = engine.run().rows
    assert epoch.metrics == row.metrics
    found = ended.results["evaluation"]
    for kind, held_back in (("validation", data.validation), ("test", data.test)):
        predicted = engine.model.predict(held_back.features, batch_size=512, verbose=0).argmax(axis=1)
        assert found[kind]["confusion_matrix"] == confusion_matrix(held_back.target, predicted).tolist()
