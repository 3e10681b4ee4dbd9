"""Weights made of a checkpoint without TensorFlow: what the trainer would have left, had it been stopped there."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

from tests.trainer.parity import Engine
from tests.trainer.resuming import Run
from tests.trainer.samples import DISTURBED, ROWS, VALIDATION
from worker.messages import decode_salvaged
from worker.trainer.checkpoints.files import CheckpointRefused, Snapshot, read, write
from worker.trainer.salvage import salvage
from worker.trainer.weights.keys import STATE, weight_keys
from worker.trainer.weights.saved import save_weights

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")

RESTORING = {"type": "EarlyStopping", "monitor": "val_loss", "patience": 9, "restore_best_weights": True}
SAID = {
    "epochs": 3,
    "optimizer": {"type": "Adam", "learning_rate": 0.5, "use_ema": True},
    "callbacks": [{"type": "SwapEMAWeights", "swap_on_epoch": True}, RESTORING],
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A training, every moment of which has left a checkpoint."""
    return Run(DISTURBED, ROWS, VALIDATION, kept=None, folder=tmp_path_factory.mktemp("whole"), **SAID).run()


def content_of(path: Path) -> tuple[dict[str, tuple[str, bytes]], dict[str, str], dict[str, Any]]:
    """What a file of weights holds, but for the times that are told in it."""
    arrays = load_file(path)
    told = json.loads(arrays.pop("@state").tobytes()) if "@state" in arrays else {}
    told.get("header", {}).update(timings=None, epoch_seconds=None)
    with safe_open(path, "numpy") as file:
        metadata = file.metadata()
    return {name: (str(array.dtype), array.tobytes()) for name, array in arrays.items()}, metadata, told


def test_the_files_are_those_of_a_training_that_was_stopped_there(whole: Run, tmp_path: Path) -> None:
    engine = Engine(DISTURBED, whole.engine._said, ROWS, VALIDATION)
    names = engine.state.names
    assert [key for key in names.keys if not key.startswith(STATE)] == weight_keys(engine.model)
    middle = len(whole.places) // 2
    after = whole.places.index((2, 0, False))
    origins: set[str] = set()
    for moment in (0, middle, after, len(whole.places) - 1):
        here, there = tmp_path / f"{moment} here", tmp_path / f"{moment} there"
        here.mkdir()
        there.mkdir()
        engine.state.restore(read(whole.checkpoints[moment]))
        expected = save_weights(engine.state, engine.state.capture(), here)
        made = salvage(whole.checkpoints[moment], there)
        assert made.results["best_weights"] == expected.best
        assert [file.name for file in made.artifacts] == [file.name for file in expected.artifacts]
        for file in made.artifacts:
            assert content_of(Path(file.path)) == content_of(here / file.name), whole.places[moment]
        epochs, step, is_evaluating = whole.places[moment]
        is_averaged = engine.callbacks[0]._ema_weights_in_model
        origins.add("moving_average" if is_averaged else "last")
        assert made.results["epochs_run"] == epochs
        assert made.results["stored_weights"] == {
            "origin": "moving_average" if is_averaged else "last",
            "epoch": epochs + (step > 0 or is_evaluating),
            "is_averaged": is_averaged,
        }
    assert len(origins) == 2


def test_of_a_former_version_nothing_can_be_made(whole: Run, tmp_path: Path) -> None:
    snapshot = read(whole.checkpoints[1])
    header = snapshot.header.model_copy(update={"names": None})
    write(Snapshot(header, snapshot.rows, snapshot.arrays), tmp_path / "former.npz")
    with pytest.raises(CheckpointRefused, match="former version"):
        salvage(tmp_path / "former.npz", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["former.npz"]


def test_its_process_is_without_tensorflow_and_tells_what_it_made(whole: Run, tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "worker.trainer.salvage"]
    ended = subprocess.run(
        [*command, str(whole.checkpoints[1]), str(tmp_path)], capture_output=True, check=True, timeout=60
    )
    assert b" worker.trainer.weights.files\n" in ended.stderr
    for module in (b"tensorflow", b"keras"):
        assert b" " + module not in ended.stderr
    made = decode_salvaged(ended.stdout)
    assert made.refusal is None
    assert [Path(file.path) for file in made.artifacts] == [tmp_path / file.name for file in made.artifacts]
    ended = subprocess.run([*command, str(tmp_path), str(tmp_path)], capture_output=True, check=True, timeout=60)
    assert decode_salvaged(ended.stdout).refusal == "It cannot be read (Is a directory)."
