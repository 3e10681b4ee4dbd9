"""Trains one spec twice, with the trainer's engine and with plain Keras, and compares to the bit."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from spec.networks import NetworkSpec
from spec.training import TrainingSpec
from tests.trainer import plain_keras
from tests.trainer.plain_keras import Spec
from worker.trainer.build import build_callbacks, build_network, compile_model
from worker.trainer.compiled_steps import tensors_of
from worker.trainer.epoch_loop import Course, EpochLoop
from worker.trainer.one_cycle import driver_of
from worker.trainer.row_order import order_of_rows

Rows = tuple[np.ndarray, np.ndarray]

TRAINING: Spec = {
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
    "optimizer": {"type": "SGD", "learning_rate": 0.05},
    "epochs": 2,
    "batch_size": 32,
    "shuffle": False,
    "seed": 7,
    "callbacks": [],
}
"""What a test does not say otherwise. 70 rows in batches of 32 leave a last batch of 6."""


class Silent:
    """An epoch listener that wants to know nothing."""

    def progress(self, fraction: float) -> None:
        pass

    def epoch(self, number: int, metrics: dict[str, float], duration_seconds: float) -> None:
        pass


def rows_of(shape: tuple[int, ...], rows: int = 70, classes: int = 3, seed: int = 1) -> Rows:
    """Rows of noise with classes that can be learned from it."""
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(rows, *shape)).astype("float32")
    flat = features.reshape(rows, -1)
    target = np.argmax(flat @ np.random.default_rng(0).normal(size=(flat.shape[1], classes)), axis=1)
    return features, target.astype("int64")


def by_engine(layers: list[Spec], training: Spec, rows: Rows, validation: Rows | None) -> tuple[keras.Model, Course]:
    """Train as the service does."""
    keras.backend.clear_session(free_memory=False)
    spec = TrainingSpec.model_validate(training)
    model = build_network(NetworkSpec.model_validate({"layers": layers}), rows[0].shape[1:], spec.seed or 0)
    compile_model(model, spec)
    weights = class_weights(rows[1], training)
    driver = driver_of(model, spec, len(rows[0]))
    loop = EpochLoop(
        model,
        tensors_of(*rows, weights),
        None if validation is None else tensors_of(*validation),
        listener=Silent(),
        batch_size=spec.batch_size,
        callbacks=build_callbacks(spec),
        driver=driver,
    )
    course = loop.run(spec.epochs, order_of_rows(spec, len(rows[0])))
    if driver is not None:
        driver.release()
    return model, course


def class_weights(target: np.ndarray, training: Spec) -> np.ndarray | None:
    """A weight a row."""
    said = training.get("class_weight")
    return None if said is None else np.array([said.get(str(one), 1.0) for one in target], "float32")


def assert_parity(
    layers: list[Spec],
    *,
    rows: Rows,
    validation: Rows | None = None,
    at_home: Callable[[], list[Any]] | None = None,
    **said: object,
) -> Course:
    """Train both ways; every epoch's logs and the final weights must be equal.

    Args:
        at_home: Makes the callbacks of the plain run.
        said: What differs from `TRAINING`.
    """
    training = {**TRAINING, **said}
    reference = plain_keras.compiled(layers, {**training, "callbacks": []}, rows[0].shape[1:])
    logs = plain_keras.fit(reference, training, rows, validation, at_home() if at_home else None)
    model, course = by_engine(layers, training, rows, validation)
    assert len(course.rows) == len(logs)
    for row, expected in zip(course.rows, logs, strict=True):
        assert set(expected) | {"learning_rate"} == set(row.metrics)
        for name, value in expected.items():
            np.testing.assert_array_equal(row.metrics[name], value, err_msg=name)
    for weights, expected_weights in zip(model.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, expected_weights)
    return course
