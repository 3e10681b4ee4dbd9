"""A small transformer on short texts by ``model.fit``, as Keras's guide to text classification has it.

``python -m bench.peers.keras_texts FILE`` prints the seconds and the logs of each epoch as JSON. The file is a CSV with
``text`` and ``topic``.
"""

import csv
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers

from bench.peers.epoch_clock import EpochClock

EPOCHS = 4
WORDS, LENGTH, SIZE = 2_000, 32, 32


class PositionEmbedding(layers.Layer):
    """Adds a vector to each word that depends on where it stands; the mask of the padding goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.supports_masking = True
        self.positions = layers.Embedding(LENGTH, SIZE)

    def call(self, words: Any) -> Any:  # noqa: ANN401 -- Keras's tensors have no type
        """Words and positions, added up."""
        return words + self.positions(keras.ops.arange(LENGTH))


def main() -> None:
    """Trains as a user's script would."""
    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    topics = sorted({row["topic"] for row in rows})
    classes = np.array([topics.index(row["topic"]) for row in rows])
    vectorize = layers.TextVectorization(max_tokens=WORDS, output_sequence_length=LENGTH)
    texts = np.array([row["text"] for row in rows])
    vectorize.adapt(texts)
    numbers = vectorize(texts).numpy()
    keras.utils.set_random_seed(42)
    model = build(len(topics))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    clock = EpochClock()
    model.fit(numbers, classes, epochs=EPOCHS, batch_size=32, shuffle=False, verbose=0, callbacks=[clock])
    sys.stdout.write(json.dumps(clock.told()) + "\n")


def build(topics: int) -> keras.Model:
    """The transformer, as a user would write it."""
    words = layers.Input((LENGTH,))
    embedded = layers.Embedding(WORDS, SIZE, mask_zero=True)(words)
    placed = PositionEmbedding()(embedded)
    attended = layers.MultiHeadAttention(num_heads=2, key_dim=16, dropout=0.1)(placed, placed)
    attended = layers.LayerNormalization()(layers.Add()([placed, attended]))
    mixed = layers.Dense(64, activation="relu")(attended)
    mixed = layers.Dropout(0.1)(layers.Dense(SIZE)(mixed))
    mixed = layers.LayerNormalization()(layers.Add()([attended, mixed]))
    pooled = layers.GlobalAveragePooling1D()(mixed)
    return keras.Model(words, layers.Dense(topics, activation="softmax")(pooled))


if __name__ == "__main__":
    main()
