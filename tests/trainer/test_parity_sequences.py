"""Rows that are sequences, some of whose steps are masked: the numbers of plain ``fit``, and from every moment on."""

from pathlib import Path

import numpy as np
import pytest

from tests.trainer.parity import Rows, assert_parity, rows_of
from tests.trainer.placing import Place
from tests.trainer.plain_keras import Spec
from tests.trainer.resuming import Run
from worker.trainer.compilation.traced_functions import TracedFunctions

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

STEPS, CHANNELS, WORDS = 3, 3, 9
SOFTMAX: Spec = {"type": "Dense", "units": 3, "activation": "softmax"}
NOISY: list[Spec] = [
    {"type": "Masking"},
    {
        "type": "Bidirectional",
        "layer": {
            "type": "LSTM",
            "units": 3,
            "dropout": 0.2,
            "recurrent_dropout": 0.3,
            "return_sequences": True,
            "recurrent_regularizer": "l2",
        },
    },
    {"type": "TimeDistributed", "layer": {"type": "BatchNormalization"}},
    {"type": "SimpleRNN", "units": 4, "dropout": 0.1},
    SOFTMAX,
]
"""What draws numbers, what keeps a state, and what goes by a mask, forwards and backwards."""

READING: list[Spec] = [
    {
        "type": "Embedding",
        "input_dim": WORDS,
        "output_dim": 4,
        "mask_zero": True,
        "embeddings_regularizer": "l2",
        "embeddings_constraint": {"type": "UnitNorm", "axis": 1},
    },
    {
        "type": "Bidirectional",
        "layer": {"type": "SimpleRNN", "units": 3, "return_sequences": True},
        "merge_mode": "sum",
    },
    {"type": "BatchNormalization"},
    {"type": "GlobalAveragePooling1D"},
    SOFTMAX,
]


def series(rows: int = 70, seed: int = 1) -> Rows:
    """Rows of different lengths, filled up with zeros; one has no step at all, and one has a gap."""
    features, target = rows_of((STEPS, CHANNELS), rows=rows, seed=seed)
    for row, length in enumerate(np.random.default_rng(seed).integers(1, STEPS + 1, size=rows)):
        features[row, length:] = 0
    features[3], features[4, 1] = 0, 0
    return features, target


def texts(rows: int = 70, seed: int = 1) -> Rows:
    """Rows of word numbers, most words several times, no row without any."""
    generator = np.random.default_rng(seed)
    features = generator.integers(0, WORDS, size=(rows, STEPS)).astype("float32")
    features[:, 0] = np.maximum(features[:, 0], 1)
    return features, generator.integers(0, 3, size=rows)


def test_masked_series_train_as_in_keras_with_every_seed() -> None:
    assert_parity(NOISY, rows=series(), validation=series(20, seed=2))
    functions = TracedFunctions()
    told = [assert_parity(NOISY, rows=series(64), shuffle=True, seed=seed, functions=functions) for seed in (8, 9)]
    assert len(functions._functions) == 1, "the second did not take the program of the first"
    assert told[0].rows[0].metrics["loss"] != told[1].rows[0].metrics["loss"]


def test_masked_pictures_train_as_in_keras() -> None:
    """A mask of steps, in both directions; then a kernel that is written to several times in each step."""
    pictures: Spec = {"type": "ConvLSTM1D", "filters": 2, "kernel_size": 2, "dropout": 0.2}
    normalized: Spec = {"type": "SpectralNormalization", "layer": {"type": "Dense", "units": 2}}
    layers: list[Spec] = [
        {"type": "Masking"},
        {"type": "TimeDistributed", "layer": {"type": "Reshape", "target_shape": [CHANNELS, 1]}},
        {"type": "Bidirectional", "layer": pictures},
        {"type": "TimeDistributed", "layer": normalized},
        {"type": "Flatten"},
        SOFTMAX,
    ]
    assert_parity(layers, rows=series(64), epochs=1)


def test_masked_texts_train_as_in_keras() -> None:
    """Gradients of an embedding are sparse: words that a batch does not have are left alone, or are not."""
    adam = {"type": "Adam", "learning_rate": 0.01, "clipnorm": 0.1, "weight_decay": 0.01, "use_ema": True}
    assert_parity(READING, rows=texts(), optimizer=adam)


def test_attention_passes_over_masked_words_as_in_keras() -> None:
    """The mask of the words goes through positions, sums and attention, and a query has another than its values."""
    heads: Spec = {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 3, "dropout": 0.1}
    layers: list[Spec] = [
        READING[0],
        {"type": "PositionEmbedding", "name": "placed"},
        {**heads, "name": "heads"},
        {"type": "Add", "inputs": ["placed", "heads"], "name": "sum"},
        {"type": "Masking", "mask_value": 0.0, "inputs": ["placed"], "name": "all"},
        {"type": "Attention", "inputs": ["sum", "all"]},
        *READING[-2:],
    ]
    assert_parity(layers, rows=texts(), optimizer={"type": "Adam", "learning_rate": 0.01})


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_they_train_as_in_keras_in_mixed_precision(precision: str) -> None:
    layers: list[Spec] = [*READING[:1], {"type": "LSTM", "units": 3, "dropout": 0.2, "recurrent_dropout": 0.2}, SOFTMAX]
    assert_parity(layers, rows=texts(64), precision=precision)


def test_rows_that_are_masked_do_not_count_in_the_loss() -> None:
    """The mask of the network's output, which Keras applies to loss and metrics."""
    layers: list[Spec] = [{"type": "Masking"}, {"type": "Dense", "units": 4, "activation": "tanh"}, SOFTMAX]
    features, target = rows_of((6,))
    features[::3] = 0
    masked = assert_parity(layers, rows=(features, target), validation=(features[:20], target[:20]))
    kept = np.delete(features, np.s_[::3], axis=0), np.delete(target, np.s_[::3])
    alone = assert_parity(layers, rows=(features, target), validation=(kept[0][:13], kept[1][:13]))
    assert masked.rows[0].metrics["val_accuracy"] == pytest.approx(alone.rows[0].metrics["val_accuracy"])


def test_it_goes_on_within_an_epoch_whatever_its_rows_are_read_from(place: Place, tmp_path: Path) -> None:
    """The generator of each layer within a layer is part of the checkpoint."""
    rows = series(64)
    whole = Run(NOISY, rows, None, kept=None, folder=tmp_path, batch_size=16).run()
    streamed = Run(NOISY, rows, None, place=place, batch_size=16)
    for where in ((0, 1, False), (1, 3, False)):
        moment = whole.places.index(where)
        assert streamed.resume(whole.checkpoints[moment]).differences(whole) == [], where
