"""What reads words and volumes, all kinds side by side: `fit`'s numbers, from files, from within an epoch, and stored.

To compile a network takes longer than to train it, so many kinds share one, and what is asked of it shares programs.
"""

from pathlib import Path

import keras
import numpy as np
import pytest

from spec.weights.stored import WEIGHTS_FILE
from tests.trainer.parity import TRAINING, Engine, Rows, assert_parity, rows_of
from tests.trainer.placing import Place
from tests.trainer.plain_keras import Spec
from tests.trainer.resuming import Run
from tests.trainer.samples import SOFTMAX
from tests.trainer.test_parity_sequences import texts
from worker.trainer.compilation.traced_functions import TracedFunctions
from worker.trainer.results.artifacts import save_model
from worker.trainer.weights.copies import copy_weights
from worker.trainer.weights.files import WeightsFile, write
from worker.trainer.weights.keys import layer_kinds, weight_keys

pytestmark = [
    # Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword"),
    pytest.mark.filterwarnings("ignore:.*does not support masking:UserWarning"),
]

NOISE: Spec = {"dropout": 0.2, "recurrent_dropout": 0.3}
VECTORS: dict[str, Spec] = {
    "gru": {"type": "GRU", "units": 3, **NOISE},
    "unrolled": {"type": "LSTM", "units": 3, "unroll": True, **NOISE},
    "product": {"type": "Bidirectional", "layer": {"type": "LSTM", "units": 3, **NOISE}, "merge_mode": "mul"},
    "mean": {
        "type": "Bidirectional",
        "layer": {"type": "SimpleRNN", "units": 3, **NOISE},
        "backward_layer": {"type": "GRU", "units": 3, "reset_after": False, "go_backwards": True, **NOISE},
        "merge_mode": "ave",
    },
}
"""Make a vector of a text."""
STEPS: dict[str, Spec] = {
    "each": {"type": "TimeDistributed", "layer": {"type": "Dense", "units": 4, "activation": "tanh"}},
    "additive": {"type": "AdditiveAttention", "dropout": 0.2, "inputs": ["each"]},
    "attention": {"type": "Attention", "dropout": 0.2, "use_scale": True, "inputs": ["words"]},
    "sines": {"type": "SinePositionEncoding", "inputs": ["words"]},
    "grouped": {
        "type": "GroupQueryAttention",
        "head_dim": 2,
        "num_query_heads": 2,
        "num_key_value_heads": 1,
        "dropout": 0.1,
        "inputs": ["sines"],
    },
    "heads": {
        "type": "MultiHeadAttention",
        "num_heads": 2,
        "key_dim": 2,
        "use_causal_mask": True,
        "dropout": 0.1,
        "inputs": ["words"],
    },
    "equation": {"type": "EinsumDense", "equation": "abc,cd->abd", "output_shape": [3, 4], "inputs": ["words"]},
}
"""Make other steps of the steps of a text.

`PositionEmbedding` is in `test_attention`: beside others, Keras lists its layers in another order than the one model
that the trainer makes of them.
"""
WORDS: Spec = {"type": "Embedding", "input_dim": 9, "output_dim": 4, "mask_zero": True, "name": "words"}
READERS: list[Spec] = [
    WORDS,
    *({"inputs": ["words"], **layer, "name": name} for name, layer in {**VECTORS, **STEPS}.items()),
    {"type": "Add", "inputs": ["additive", "attention", "grouped", "heads"]},
    {"type": "GlobalAveragePooling1D", "name": "steps"},
    {"type": "GlobalMaxPooling1D", "inputs": ["equation"], "name": "unmasked"},
    {"type": "Concatenate", "inputs": [*VECTORS, "steps", "unmasked"]},
    {**SOFTMAX, "name": "head"},
]
"""One kind beside the other, each of which goes by the mask of the words; an `EinsumDense` loses it."""

VOLUMES: list[Spec] = [
    {"type": "Conv3D", "filters": 3, "kernel_size": 2, "padding": "same", "activation": "elu"},
    {"type": "SpatialDropout3D", "rate": 0.3},
    {"type": "Conv3DTranspose", "filters": 2, "kernel_size": 2, "strides": [1, 2, 1]},
    {"type": "BatchNormalization"},
    {"type": "ZeroPadding3D", "padding": [1, [0, 1], 0]},
    {"type": "MaxPooling3D", "pool_size": [2, 2, 1], "padding": "same"},
    {"type": "AdaptiveAveragePooling3D", "output_size": [2, 3, 3]},
    {"type": "UpSampling3D", "size": [1, 2, 1]},
    {"type": "Cropping3D", "cropping": [0, [1, 2], [0, 1]]},
    {"type": "AveragePooling3D", "pool_size": 2, "strides": 1},
    {"type": "GlobalMaxPooling3D"},
    SOFTMAX,
]
VOLUME = (3, 4, 3, 2)
NETWORKS: dict[str, tuple[list[Spec], Rows]] = {
    "words": (READERS, texts()),
    "volumes": (VOLUMES, rows_of(VOLUME)),
}
USUAL: Spec = {"batch_size": 16, "shuffle": True, "optimizer": {"type": "Adam", "learning_rate": 0.01}}


@pytest.mark.parametrize("network", NETWORKS)
def test_they_are_fits_and_go_on_within_an_epoch_from_files_as_well(network: str, place: Place, tmp_path: Path) -> None:
    layers, rows = NETWORKS[network]
    functions = TracedFunctions()
    assert_parity(layers, rows=rows, functions=functions, **USUAL)
    moment = 8
    whole = Run(layers, rows, None, kept=[moment], folder=tmp_path, functions=functions, **USUAL).run()
    assert whole.places[moment][:2] == (1, 2)
    streamed = Run(layers, rows, None, place=place, functions=functions, **USUAL)
    assert streamed.resume(whole.checkpoints[moment]).differences(whole) == []

    assert_stored_as_trained(whole.engine.model, rows, tmp_path)


def assert_stored_as_trained(model: keras.Model, rows: Rows, folder: Path) -> None:
    """A stored model answers twice alike, and as the one that was trained: nothing in it draws numbers any more."""
    save_model(model, folder)
    loaded = keras.models.load_model(folder / "model.keras", safe_mode=True)
    answers = model.predict(rows[0], verbose=0)
    for _ in range(2):
        np.testing.assert_array_equal(loaded.predict(rows[0], verbose=0), answers)
        np.testing.assert_array_equal(loaded(rows[0]), model(rows[0]))


@pytest.mark.parametrize(("network", "precision"), [("words", "mixed_float16"), ("volumes", "mixed_bfloat16")])
def test_they_are_fits_in_mixed_precision_with_another_seed(network: str, precision: str) -> None:
    layers, rows = NETWORKS[network]
    assert_parity(layers, rows=rows, precision=precision, seed=8, epochs=1)


def test_weights_of_all_of_them_are_found_by_another_training_which_freezes_some(tmp_path: Path) -> None:
    layers, rows = NETWORKS["words"]
    trained = Engine(layers, TRAINING, rows, None).model
    keys = weight_keys(trained)
    write(dict(zip(keys, trained.get_weights(), strict=True)), layer_kinds(trained), tmp_path / WEIGHTS_FILE)
    frozen = [{**layer, "trainable": layer["name"] == "head"} if "name" in layer else layer for layer in layers]
    other = Engine(frozen, {**TRAINING, "seed": 9}, rows, None).model
    names = {name: name for name in ("words", *VECTORS, *STEPS, "head") if other.get_layer(name).weights}
    with WeightsFile(tmp_path / WEIGHTS_FILE) as file:
        assert sorted(copy_weights(other, file, names, []).copied) == sorted(keys)
    np.testing.assert_array_equal(other(rows[0]), trained(rows[0]))
    assert {id(one) for one in other.trainable_variables} == {id(one) for one in other.get_layer("head").weights}
