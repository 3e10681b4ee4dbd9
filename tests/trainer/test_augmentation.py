"""Batches that are augmented: the numbers of `fit` on a model with these layers ahead, and a network without them."""

from pathlib import Path

import keras
import numpy as np
import pytest

from spec.language.declared import kinds
from spec.layers.augmentation import PictureAugmentation
from tests.trainer.parity import TRAINING, Engine, assert_parity, by_engine, rows_of
from tests.trainer.placing import Place
from tests.trainer.plain_keras import Augment, Spec
from tests.trainer.resuming import Run
from tests.trainer.samples import NAMED_LAYERS, named
from tests.trainer.test_parity_layers import SAMPLES
from worker.trainer.compilation.traced_functions import TracedFunctions

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

COLOURED, GREY = (8, 8, 3), (8, 8)
USUAL: list[Spec] = [
    {"type": "RandomFlip"},
    {"type": "RandomRotation", "factor": 0.1, "fill_mode": "constant"},
    {"type": "RandomZoom", "height_factor": [-0.2, 0.1]},
    {"type": "RandomContrast", "factor": [0.2, 0.4], "value_range": [-2, 2]},
    {"type": "GaussianNoise", "stddev": 0.1},
]
SHIFTED: list[Spec] = [{"type": "RandomTranslation", "height_factor": 0.2, "width_factor": 0.2}]
NETWORK: list[Spec] = [
    {"type": "Flatten"},
    {"type": "Dense", "units": 6, "activation": "relu"},
    {"type": "Dropout", "rate": 0.2},
    {"type": "Dense", "units": 3, "activation": "softmax", "dtype": "float32"},
]


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_an_augmented_training_is_that_of_fit_with_the_layers_ahead(precision: str) -> None:
    validation = rows_of(COLOURED, rows=20, seed=2)
    layers: list[Spec] = [{"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu"}, *NETWORK]
    rows = rows_of(COLOURED)
    course = assert_parity(layers, rows=rows, validation=validation, augment=USUAL, shuffle=True, precision=precision)
    assert course.rows[0].metrics["loss"] != course.rows[0].metrics["val_loss"]


def test_every_kind_augments_as_in_keras() -> None:
    """Without validation rows: some of them draw numbers in Keras's evaluation, too."""
    augment = [{"type": kind, **SAMPLES[kind][1][0]} for kind in kinds(PictureAugmentation)]
    assert_parity(NETWORK, rows=rows_of(COLOURED), augment=augment, seed=8)


def test_grey_pictures_are_augmented_as_those_with_an_axis_of_channels() -> None:
    assert_parity(NETWORK, rows=rows_of(GREY), validation=rows_of(GREY, rows=20), augment=[*SHIFTED, *USUAL[:1]])


def test_one_of_several_inputs_is_augmented() -> None:
    augment: Augment = {"table": [{"type": "GaussianNoise", "stddev": 0.3}]}
    assert_parity(NAMED_LAYERS, rows=named(70), validation=named(20, seed=2), augment=augment, shuffle=True)


def test_streamed_rows_are_augmented_alike(place: Place) -> None:
    training = {**TRAINING, "batch_size": 16, "shuffle": True}
    rows = rows_of(GREY)
    model, course = by_engine(NETWORK, training, rows, None, augment=SHIFTED)
    streamed, streamed_course = by_engine(NETWORK, training, rows, None, place=place, augment=SHIFTED)
    assert [row.metrics for row in course.rows] == [row.metrics for row in streamed_course.rows]
    for weights, others in zip(model.get_weights(), streamed.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, others)


def test_it_goes_on_within_an_epoch(tmp_path: Path) -> None:
    """The state of each generator is in the checkpoint: without it, the same pictures would come again."""
    rows, validation, moment = rows_of(GREY), rows_of(GREY, rows=20, seed=2), 6
    said = {"augment": [*SHIFTED, {"type": "RandomFlip", "seed": 5}]}
    whole = Run(NETWORK, rows, validation, kept=[moment], folder=tmp_path, **said).run()
    assert whole.places[moment][:2] == (1, 1)
    resumed = Run(NETWORK, rows, validation, **said)
    assert resumed.resume(whole.checkpoints[moment]).differences(whole) == []

    def forget(engine: Engine) -> None:
        augmentation = engine.state.augmentation
        assert augmentation is not None
        for variable in augmentation.variables:
            variable.assign(variable * 0)

    assert resumed.resume(whole.checkpoints[moment], forget).differences(whole) != []


def test_programs_are_shared_with_the_same_augmentation_alone() -> None:
    """Whatever ran before in the process: other layers, or the same with another seed."""
    functions, rows = TracedFunctions(), rows_of(GREY)

    def losses(functions: TracedFunctions, augment: Augment, seed: int = 7) -> list[float]:
        training = {**TRAINING, "epochs": 1, "seed": seed}
        engine = Engine(NETWORK, training, rows, None, functions=functions, augment=augment)
        return [row.metrics["loss"] for row in engine.run().rows]

    alike: list[Spec] = [{**SHIFTED[0], "height_factor": 0.3}]
    first = losses(functions, SHIFTED)
    others = [losses(functions, augment) for augment in ([], alike, USUAL[:1])]
    again, seeded = losses(functions, SHIFTED), losses(functions, SHIFTED, seed=8)
    assert again == first
    assert seeded == losses(TracedFunctions(), SHIFTED, seed=8)
    assert len({*map(tuple, [first, *others, seeded])}) == 5
    assert others[1] == losses(TracedFunctions(), alike)


def test_a_network_begins_with_the_same_weights_and_is_kept_without_its_augmentation() -> None:
    engines = [Engine(NETWORK, TRAINING, rows_of(COLOURED), None, augment=augment) for augment in ([], USUAL)]
    plain, augmented = (engine.model for engine in engines)
    for weights, others in zip(plain.get_weights(), augmented.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, others)
    assert [layer.name for layer in augmented.layers] == ["flatten", "dense", "dropout", "dense_1"]
    rows = np.ones((2, *COLOURED), "float32")
    np.testing.assert_array_equal(augmented(rows), augmented(rows))


def test_within_a_network_it_does_nothing_in_keras_predict() -> None:
    layers: list[Spec] = [{"type": "RandomFlip"}, *NETWORK]
    engine = Engine(layers, TRAINING, rows_of(COLOURED), None)
    rows = rows_of(COLOURED, rows=20)[0]
    answers = [engine.model.predict(rows, verbose=0) for _ in range(2)]
    np.testing.assert_array_equal(*answers)
    np.testing.assert_array_equal(answers[0], engine.model(rows, training=False))
    assert not np.array_equal(keras.ops.convert_to_numpy(engine.model(rows)), answers[0])
