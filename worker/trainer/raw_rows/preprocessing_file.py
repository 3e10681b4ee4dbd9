"""``preprocessing.json``: all that was fitted on the training rows, and how raw rows are given to ``serving.keras``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spec.datasets.facts import DatasetFacts
from worker.messages import Artifact
from worker.trainer.devices import versions
from worker.trainer.raw_rows.raw_inputs import RawInput
from worker.trainer.sources.uploaded import UploadedData

PREPROCESSING_NAME = "preprocessing.json"
EXAMPLE_NAME = "example.py"

VERSION = 1
"""Raised when the same file would mean something else."""

_EXAMPLE = '''\
"""How to load serving.keras and predict rows, with TensorFlow and NumPy alone. Put your own values into the row."""

import keras
import numpy as np
import tensorflow as tf

model = keras.models.load_model("serving.keras")
row = {{
{values}
}}
rows = {{name: tf.constant(np.asarray([value])) for name, value in row.items()}}
# `model.predict` on arrays would round numbers to float32 first. Ten equal rows, since one alone is computed otherwise.
print(model.predict(tf.data.Dataset.from_tensors(rows).unbatch().repeat(10).batch(10), verbose=0)[0])
'''
_INDENT = " " * 4
_NOTHING = {"string": '[""]', "float64": "np.full({shape}, np.nan)", "uint8": "np.zeros({shape}, np.uint8)"}


def write_preprocessing(
    folder: Path,
    told: Mapping[str, Any],
    facts: DatasetFacts,
    data: UploadedData,
    inputs: Mapping[str, RawInput] | None,
) -> Artifact:
    """Write it.

    Args:
        folder: Where to.
        told: What was fitted, as `worker.trainer.data.fitted` has it.
        facts: Of the data set.
        data: Its files.
        inputs: Those of ``serving.keras``; None where there is no such file.
    """
    files = {"columns.npz": data.main.columns.sha256, "facts.json": data.main.facts.sha256}
    content = {
        "version": VERSION,
        "dataset": {"id": facts.name, "sha256": files},
        "versions": versions(),
        "serving_inputs": None if inputs is None else [raw.told(name) for name, raw in inputs.items()],
        "fitted": told,
    }
    path = folder / PREPROCESSING_NAME
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return Artifact(name=PREPROCESSING_NAME, path=str(path), media_type="application/json")


def write_example(folder: Path, inputs: Mapping[str, RawInput]) -> Artifact:
    """Write a program of a few lines that predicts a row in which everything is missing."""
    values = "\n".join(f"{_INDENT}{name!r}: {_nothing(raw)}," for name, raw in inputs.items())
    path = folder / EXAMPLE_NAME
    path.write_text(_EXAMPLE.format(values=values), encoding="utf-8")
    return Artifact(name=EXAMPLE_NAME, path=str(path), media_type="text/x-python; charset=utf-8")


def _nothing(raw: RawInput) -> str:
    return (
        "[np.nan]"
        if raw == RawInput(raw.column, "float64", part=raw.part)
        else _NOTHING[raw.dtype].format(shape=raw.shape)
    )
