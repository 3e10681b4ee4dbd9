"""Several inputs by their names, weights of rows, and targets of several numbers: the numbers of plain ``fit``."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from spec.networks.layer_mapping import mapped_layers
from spec.weights.stored import WEIGHTS_FILE
from tests.trainer import plain_keras
from tests.trainer.parity import TRAINING, Engine, Rows, assert_parity, by_engine, flat, rows_of
from tests.trainer.placing import Place
from tests.trainer.plain_keras import Spec
from tests.trainer.resuming import Run
from tests.trainer.samples import NAMED_LAYERS, PLAIN, named
from worker.trainer.compilation.traced_functions import TracedFunctions
from worker.trainer.data.row_tensors import tensor_of
from worker.trainer.signals import SIGNALS
from worker.trainer.weights.copies import copy_weights
from worker.trainer.weights.files import WeightsFile
from worker.trainer.weights.saved import save_weights

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

WEIGHTED: list[Spec | str] = ["accuracy", {"type": "SparseCategoricalCrossentropy", "name": "entropy"}]


def test_several_inputs_and_weights_of_rows_are_fits() -> None:
    course = assert_parity(
        NAMED_LAYERS,
        rows=named(70),
        validation=named(37, seed=2),
        optimizer={"type": "Adam", "learning_rate": 0.01},
        weighted_metrics=WEIGHTED,
        shuffle=True,
    )
    told = course.rows[-1].metrics
    assert told["accuracy"] != told["weighted_accuracy"]
    assert told["val_accuracy"] != told["val_weighted_accuracy"]


def test_several_inputs_without_weights_and_weights_of_one_input_are_fits() -> None:
    """In batches of one size, which `fit` traces with a known number of rows."""
    assert_parity(NAMED_LAYERS, rows=named(64, has_weights=False), validation=named(32, has_weights=False, seed=2))
    rows = (*rows_of((6,), rows=64), np.linspace(0, 2, 64, dtype="float32"))
    held_back = (*rows_of((6,), rows=20, seed=2), np.linspace(2, 0, 20, dtype="float32"))
    assert_parity(PLAIN, rows=rows, validation=held_back, weighted_metrics=["accuracy"])


def test_in_mixed_precision_they_are_fits() -> None:
    assert_parity(NAMED_LAYERS, rows=named(70), validation=named(20, seed=2), precision="mixed_bfloat16", epochs=1)


def test_they_go_on_at_every_moment_in_memory_and_streamed(place: Place, tmp_path: Path) -> None:
    said = {"optimizer": "adam", "batch_size": 16, "shuffle": True, "weighted_metrics": WEIGHTED}
    rows, validation = named(70), named(37, seed=2)
    whole = Run(NAMED_LAYERS, rows, validation, kept=None, folder=tmp_path, signals=SIGNALS, **said).run()
    streamed = Run(NAMED_LAYERS, rows, validation, place=place, **said)
    for moment in range(1, 16, 3):
        assert streamed.resume(whole.checkpoints[moment]).differences(whole) == [], f"at {moment}"
    in_memory = Run(NAMED_LAYERS, rows, validation, signals=SIGNALS, **said).resume(whole.checkpoints[10])
    assert in_memory.differences(whole) == []
    assert in_memory.engine.measured[2] == whole.engine.measured[2]
    # The layers that read an input are measured, each by its own name; inputs have nothing to be measured.
    assert set(whole.engine.measured[1]) == {
        *("seen", "dense", "known", "dense_1"),
        *("concatenate", "dropout"),
    }


def test_what_was_trained_is_evaluated_as_keras_does() -> None:
    training = {**TRAINING, "weighted_metrics": WEIGHTED, "epochs": 1}
    rows, unseen = named(64), named(50, seed=3)
    engine = Engine(NAMED_LAYERS, training, rows, None)
    engine.run()
    reference = plain_keras.compiled(NAMED_LAYERS, training, plain_keras.shapes_of(rows))
    reference.set_weights(engine.model.get_weights())
    for features, target, weights in (unseen, rows):
        told = reference.evaluate(features, target, sample_weight=weights, batch_size=32, verbose=0, return_dict=True)
        tensors = tuple(tensor_of(array) for array in flat((features, target, weights)))
        assert engine.loop.evaluate(tensors) == told
        assert told["accuracy"] != told["weighted_accuracy"]


TARGETS: dict[str, tuple[Spec, str]] = {
    "labels": ({"type": "Dense", "units": 3, "activation": "sigmoid"}, "binary_crossentropy"),
    "numbers": ({"type": "Dense", "units": 2}, "mse"),
}


@pytest.mark.parametrize("kind", TARGETS)
def test_a_target_of_several_numbers_is_fits(kind: str) -> None:
    last, loss = TARGETS[kind]

    def rows(count: int, seed: int) -> Rows:
        features, _ = rows_of((6,), rows=count, seed=seed)
        drawn = np.random.default_rng(seed).normal(size=(count, last["units"]))
        target = (drawn > 0 if kind == "labels" else drawn).astype("float32")
        return features, target, np.linspace(0, 2, count, dtype="float32")

    metrics = ["binary_accuracy"] if kind == "labels" else ["mae"]
    layers = [{"type": "Dense", "units": 5, "activation": "elu"}, last]
    said = {"loss": loss, "metrics": metrics, "weighted_metrics": metrics}
    assert_parity(layers, rows=rows(70, 1), validation=rows(20, 2), shuffle=True, **said)


def test_jobs_whose_inputs_come_in_another_order_share_no_program() -> None:
    """The rows come without names: the same layers on the same shapes would take one input for the other."""
    layers: list[Spec] = [
        {"type": "Subtract", "inputs": ["left", "right"]},
        {"type": "Dense", "units": 3, "activation": "softmax"},
    ]
    features, target = rows_of((8,))
    inputs = {"left": features[:, :4].copy(), "right": features[:, 4:].copy()}
    programs = TracedFunctions()
    training = {**TRAINING, "epochs": 1}
    found: list[Any] = []
    for rows in ((inputs, target), (dict(reversed(inputs.items())), target)):
        engine = Engine(layers, training, rows, None, functions=programs)
        found.append(([row.metrics for row in engine.run().rows], engine.model.get_weights()))
    (metrics, weights), (others, other_weights) = found
    assert metrics == others
    for one, other in zip(weights, other_weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_model_takes_arrays_by_name_and_in_order_after_it_was_saved(tmp_path: Path) -> None:
    rows = named(20)
    features = rows[0]
    assert isinstance(features, dict)
    model, _ = by_engine(NAMED_LAYERS, {**TRAINING, "epochs": 1}, rows, None)
    assert [one.name for one in model.inputs] == ["table", "picture"]
    model.save(tmp_path / "model.keras")
    loaded: Any = keras.models.load_model(tmp_path / "model.keras")
    expected = model.predict(features, verbose=0)
    np.testing.assert_array_equal(loaded.predict(features, verbose=0), expected)
    np.testing.assert_array_equal(loaded.predict(list(features.values()), verbose=0), expected)


def test_weights_are_copied_between_networks_whose_inputs_are_called_otherwise(tmp_path: Path) -> None:
    rows = named(20)
    source = Engine(NAMED_LAYERS, {**TRAINING, "epochs": 1}, rows, None)
    source.run()
    save_weights(source.state, source.state.capture(), tmp_path)
    # What is an input of the one network is a layer of the other.
    layers = [{**layer, "inputs": ["columns"]} if layer.get("inputs") == ["table"] else layer for layer in NAMED_LAYERS]
    layers[2] |= {"name": "table"}
    features = {"columns": rows[0]["table"], "picture": rows[0]["picture"]}
    model = Engine(layers, TRAINING, (features, rows[1]), None).model
    names = ["flatten", "seen", "table", "known", "concatenate", "dropout", "dense"]
    with WeightsFile(tmp_path / WEIGHTS_FILE) as file:
        sources = mapped_layers(None, names, list(file.layers))
        copies = copy_weights(model, file, {name: name for name in sources if name != "dense"}, names)
    assert copies.copied == [f"seen/{name}" for name in ("kernel", "bias")] + [
        f"known/{name}" for name in ("gamma", "beta", "moving_mean", "moving_variance")
    ]
    assert copies.fresh == [f"{layer}/{name}" for layer in ("table", "dense") for name in ("kernel", "bias")]
    np.testing.assert_array_equal(model.get_layer("seen").kernel, source.model.get_layer("seen").kernel)
