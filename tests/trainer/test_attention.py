"""A network of attention and positions, trained to the end, gone on with, in half precision, and loaded by Keras."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.trainer.parity import TRAINING, Engine, assert_parity, rows_of
from tests.trainer.plain_keras import Spec
from tests.trainer.resuming import Run
from tests.trainer.samples import SOFTMAX
from worker.trainer.compilation.traced_functions import TracedFunctions
from worker.trainer.network.own_layers import PositionEmbedding, SinePositionEncoding
from worker.trainer.results.artifacts import save_model

# Keras 3.15 reads variables through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

SHAPE = (7, 4)
ROWS, EVEN = rows_of(SHAPE), rows_of(SHAPE, rows=64)
TRANSFORMER: list[Spec] = [
    {"type": "Dense", "units": 6},
    {"type": "SinePositionEncoding"},
    {"type": "PositionEmbedding", "name": "embedded"},
    {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 3, "dropout": 0.2, "name": "attention"},
    {"type": "Add", "inputs": ["embedded", "attention"]},
    {"type": "LayerNormalization", "name": "normalized"},
    {
        "type": "SpectralNormalization",
        "layer": {"type": "EinsumDense", "equation": "abc,cd->abd", "output_shape": [7, 6], "bias_axes": "d"},
        "dtype": "float32",
    },
    {"type": "Activation", "activation": "gelu"},
    {"type": "Dropout", "rate": 0.2, "name": "mixed"},
    {"type": "Add", "inputs": ["normalized", "mixed"]},
    {"type": "GroupQueryAttention", "head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 1, "dropout": 0.1},
    {"type": "GlobalAveragePooling1D"},
    SOFTMAX,
]
ADAM: Spec = {"type": "Adam", "learning_rate": 0.01}


FUNCTIONS = TracedFunctions()
"""Trainings that differ in their seed alone share programs, which take longer to compile than to run."""


def test_it_trains_as_in_keras_with_another_seed() -> None:
    assert_parity(TRANSFORMER, rows=ROWS, optimizer=ADAM, seed=8, shuffle=True, functions=FUNCTIONS)


def test_it_trains_as_in_keras_in_mixed_precision() -> None:
    assert_parity(TRANSFORMER, rows=EVEN, validation=EVEN, optimizer=ADAM, epochs=1, precision="mixed_bfloat16")


def test_it_goes_on_from_within_an_epoch_to_the_bit(tmp_path: Path) -> None:
    moment = 4
    said = {"shuffle": True, "optimizer": ADAM, "functions": FUNCTIONS}
    whole = Run(TRANSFORMER, ROWS, None, kept=[moment], folder=tmp_path, **said).run()
    resumed = Run(TRANSFORMER, ROWS, None, **said)
    assert resumed.resume(whole.checkpoints[moment]).differences(whole) == []


LOADING = """
import sys
import keras, numpy as np
model = keras.models.load_model("model.keras", safe_mode=True)
np.save("outputs.npy", model.predict(np.load("rows.npy"), verbose=0))
assert not {"spec", "worker"} & sys.modules.keys()
"""


def test_what_is_frozen_holds_still_and_keras_alone_loads_the_model_and_predicts_alike(tmp_path: Path) -> None:
    """Frozen with all layers within."""
    layers = [{**layer, "trainable": False} if "name" in layer else layer for layer in TRANSFORMER]
    engine = Engine(layers, {**TRAINING, "epochs": 1}, EVEN, None)
    fresh = [layer.get_weights() for layer in engine.model.layers]
    engine.run()
    for layer, before in zip(engine.model.layers, fresh, strict=True):
        pairs = list(zip(layer.get_weights(), before, strict=True))
        is_same = all(np.array_equal(*pair) for pair in pairs)
        assert is_same == (layer.name in {"embedded", "attention", "normalized", "mixed"} or not pairs), layer.name
    save_model(engine.model, tmp_path)
    np.save(tmp_path / "rows.npy", ROWS[0])
    subprocess.run([sys.executable, "-I", "-c", LOADING], cwd=tmp_path, check=True, capture_output=True, timeout=300)
    np.testing.assert_array_equal(np.load(tmp_path / "outputs.npy"), engine.model.predict(ROWS[0], verbose=0))


@pytest.mark.filterwarnings("ignore:Layer 'position_embedding' .* does not support masking")
def test_positions_hand_on_the_mask_in_the_trainer_and_where_keras_alone_has_loaded_them(tmp_path: Path) -> None:
    """Keras warns of the model that it has loaded that it does not, and it does."""
    rows = np.array([[[1.0, 2.0], [0.0, 0.0], [3.0, 0.0]]], "float32")
    read = keras.Input((3, 2))
    model = keras.Model(read, SinePositionEncoding()(PositionEmbedding()(keras.layers.Masking()(read))))
    model.save(tmp_path / "model.keras")
    for one in (model, keras.models.load_model(tmp_path / "model.keras")):
        assert one(rows)._keras_mask.numpy().tolist() == [[True, False, True]]
