"""Training on a user's table: the same from memory, from files in chunks, and after a break."""

from pathlib import Path

import numpy as np
import pytest

from spec.datasets.choice import DatasetSpec
from spec.training.training import TrainingSpec
from tests.tables.tables import csv_of, uploaded
from tests.trainer.plain_keras import Spec
from tests.trainer.resuming import Run
from worker.trainer.data.files import DataFiles
from worker.trainer.data.prepared import PreparedDataSets
from worker.trainer.data.streamed_rows import StreamedRows
from worker.trainer.sources.origins import Origin
from worker.trainer.sources.uploaded import UploadedData
from worker.trainer.untyped import Array

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

LAYERS: list[Spec] = [
    {"type": "Dense", "units": 6, "activation": "tanh"},
    {"type": "Dropout", "rate": 0.2},
    {"type": "Dense", "units": 3, "activation": "softmax"},
]


def streamed(*arrays: Array | None, batch_size: int = 16) -> StreamedRows:
    there = [array for array in arrays if array is not None]
    step_bytes = batch_size * sum(array[:1].nbytes for array in there)
    return StreamedRows(there, batch_size, 2 * step_bytes)


def test_a_table_trains_alike_from_memory_and_in_chunks_and_goes_on(tmp_path: Path) -> None:
    chance = np.random.default_rng(4)
    columns = {
        "x": chance.normal(size=100).tolist(),
        "job": chance.choice(["p", "q", "r"], 100).tolist(),
        "y": chance.choice(["a", "b", "c"], 100).tolist(),
    }
    table = uploaded(csv_of(columns), tmp_path, {"target": "y"})
    source = UploadedData.of(table.inputs())
    assert source is not None
    said = DatasetSpec.model_validate({"name": "ds_test", "split": {"validation": 0.2, "seed": 1, "stratify": "y"}})
    files = DataFiles(tmp_path / "data", 2**30)
    data = PreparedDataSets(files).get(
        said, TrainingSpec(loss="mse"), "classes", origin=Origin(table.facts, source), is_room_in_memory=False
    )
    assert data.counts == (80, 20, 0)
    assert data.validation is not None
    asked = {"shuffle": True, "batch_size": 16, "epochs": 2, "metrics": ["accuracy"]}
    rows = data.training.unweighted
    in_memory = Run(LAYERS, rows, data.validation.unweighted, kept=None, folder=tmp_path, **asked).run()
    in_chunks = Run(LAYERS, rows, data.validation.unweighted, place=streamed, **asked)
    for moment in (1, 4, 8):
        assert in_chunks.resume(in_memory.checkpoints[moment]).differences(in_memory) == [], f"at {moment}"
