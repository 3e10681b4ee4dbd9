"""The trainer's small parts, each by itself."""

import math
import subprocess
import sys
import time
from pathlib import Path

import keras
import psutil
import pytest
import tensorflow as tf

from spec.language.declared import Declared, kinds
from spec.layers import Layer
from spec.metrics import Metric
from spec.networks.constraints import Constraint
from spec.networks.initializers import Initializer
from spec.networks.regularizers import Regularizer
from spec.states import FailureCode
from spec.training.callbacks import Callback
from spec.training.losses import Loss
from spec.training.optimizers import Optimizer
from spec.training.schedules import Schedule
from tests.trainer.parity import by_engine, rows_of
from worker.trainer.data.bounded_cache import BoundedCache
from worker.trainer.devices import NoSuchDevice, choose
from worker.trainer.epochs.call_lengths import CallLength
from worker.trainer.failures import DataUnavailable, diverged_at, failure_of
from worker.trainer.network.build import NotDeclared, keras_class
from worker.trainer.results.artifacts import save_history, save_model
from worker.trainer.results.course import EpochRow, best_row, outcome_of
from worker.trainer.results.outcome import mean_epoch_seconds

# Keras 3.15 reads a variable through an `__array__` that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")


@pytest.mark.parametrize(
    "family", [Layer, Initializer, Regularizer, Constraint, Optimizer, Schedule, Loss, Metric, Callback]
)
def test_every_declared_kind_is_a_keras_class(family: type[Declared]) -> None:
    for name, kind in kinds(family).items():
        if name != "OneCycle":
            # The class of `keras.layers.GroupQueryAttention` calls itself otherwise.
            assert keras_class(kind).__name__.replace("GroupedQuery", "GroupQuery") == name


def test_what_belongs_to_no_family_is_refused() -> None:
    with pytest.raises(NotDeclared):
        keras_class(Declared)


def test_a_call_measures_first_and_then_takes_what_fits() -> None:
    call_length = CallLength(target_seconds=0.25)
    assert call_length.steps_for(1000) == 1
    call_length.note(1, 0.5)  # traced: says nothing
    assert call_length.steps_for(1000) == 4
    call_length.note(4, 0.004)
    assert call_length.steps_for(1000) == 250
    assert call_length.steps_for(45) == 45
    call_length.note(250, 2.5)
    assert call_length.steps_for(1000) == 25
    call_length.note(1, 60.0)
    assert call_length.steps_for(1000) == 1


class Heavy:
    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes


def test_the_cache_forgets_what_was_not_asked_for_longest() -> None:
    cache: BoundedCache[Heavy] = BoundedCache(limit_bytes=10, limit_values=2)
    first = cache.get("first", lambda: Heavy(4))
    cache.get("second", lambda: Heavy(4))
    assert cache.get("first", lambda: Heavy(0)) is first
    cache.get("third", lambda: Heavy(4))
    assert cache.get("first", lambda: Heavy(0)) is first
    assert cache.get("second", lambda: Heavy(1)).size_bytes == 1


def test_the_cache_does_not_keep_what_is_too_great() -> None:
    cache: BoundedCache[Heavy] = BoundedCache(limit_bytes=10, limit_values=4)
    assert cache.get("great", lambda: Heavy(11)).size_bytes == 11
    assert cache.size_bytes == 0


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DataUnavailable("The files are gone.", "/dataset"), FailureCode.DATA_ERROR),
        (diverged_at(3, 1, math.nan), FailureCode.DIVERGED),
        (MemoryError(), FailureCode.OUT_OF_MEMORY),
        (tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor"), FailureCode.OUT_OF_MEMORY),
        (tf.errors.InternalError(None, None, "failed to allocate memory"), FailureCode.OUT_OF_MEMORY),
        (ValueError("secret rows: 1, 2, 3"), FailureCode.INTERNAL),
    ],
)
def test_a_failure_says_whose_fault_it_was(error: Exception, code: FailureCode) -> None:
    failure = failure_of(error)
    assert failure.code is code
    assert "secret" not in failure.message


def test_divergence_says_where() -> None:
    assert "NaN after step 7 of epoch 2" in diverged_at(2, 7, math.nan).message
    assert "infinite after step 1 of epoch 4" in diverged_at(4, 1, math.inf).message


def test_a_process_dies_with_its_parent() -> None:
    child = """
import time
from worker.trainer.process import die_with_parent
die_with_parent()
print("ready", flush=True)
time.sleep(60)
"""
    parent = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {child!r}], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        grandchild = psutil.Process(int(process.stdout.readline()))
        process.kill()
        process.wait()
        deadline = time.monotonic() + 10
        while grandchild.is_running() and grandchild.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_the_device_is_of_the_kind_asked_for() -> None:
    assert choose("any", ["GPU:0", "CPU:0"]) == ["GPU:0"]
    assert choose("cpu", ["GPU:0", "CPU:0"]) == ["CPU:0"]
    assert choose("any", ["CPU:0"]) == ["CPU:0"]
    with pytest.raises(NoSuchDevice):
        choose("gpu", ["CPU:0"])


def test_several_devices_are_of_one_kind() -> None:
    assert choose("any", ["GPU:0", "GPU:1", "GPU:2", "CPU:0"], 2) == ["GPU:0", "GPU:1"]
    assert choose("any", ["GPU:0", "CPU:0", "CPU:1"], 2) == ["CPU:0", "CPU:1"]
    with pytest.raises(NoSuchDevice, match='2 devices of the kind "any"'):
        choose("any", ["GPU:0", "CPU:0"], 2)


def row(number: int, seconds: float = 1.0, **metrics: float) -> EpochRow:
    return EpochRow(number, metrics, seconds)


def test_the_best_epoch_has_the_lowest_validation_loss() -> None:
    rows = [row(1, loss=3.0, val_loss=2.0), row(2, loss=2.0, val_loss=1.0), row(3, loss=1.0, val_loss=1.0)]
    assert best_row(rows) == ("val_loss", rows[1])
    assert best_row([row(1, loss=3.0), row(2, loss=math.nan)]) == ("loss", row(1, loss=3.0))
    assert best_row([row(1, loss=math.inf)]) is None
    assert best_row([]) is None


def test_results_name_the_test_rows_metrics() -> None:
    results = outcome_of([row(1, loss=3.0), row(2, loss=2.0)], {"loss": 4.0, "accuracy": 0.5})
    assert results["final_metrics"] == {"loss": 2.0, "test_loss": 4.0, "test_accuracy": 0.5}
    assert results["epochs_run"] == 2
    assert results["best_epoch"] == 2


def test_the_mean_epoch_leaves_out_the_one_that_traces() -> None:
    assert mean_epoch_seconds([row(1, 9.0), row(2, 1.0), row(3, 2.0)]) == 1.5
    assert mean_epoch_seconds([row(1, 9.0)]) == 9.0
    assert mean_epoch_seconds([]) is None


def test_the_history_reads_back_to_the_bit(tmp_path: Path) -> None:
    save_history([row(1, 0.1 + 0.2, loss=1 / 3), row(2, 1.0, loss=math.nan, val_loss=math.inf)], tmp_path)
    header, first, second = (tmp_path / "history.csv").read_text().splitlines()
    assert header == "epoch,loss,val_loss,duration_seconds"
    assert [float(cell) for cell in first.split(",") if cell] == [1, 1 / 3, 0.1 + 0.2]
    assert second == "2,nan,inf,1.0"


def test_a_model_trained_by_one_cycle_loads_with_keras_alone(tmp_path: Path) -> None:
    cycle = {"type": "OneCycle", "max_learning_rate": 0.1, "max_momentum": 0.95, "min_momentum": 0.85}
    training = {
        "loss": "sparse_categorical_crossentropy",
        "optimizer": {"type": "SGD", "learning_rate": cycle, "momentum": 0.9},
        "epochs": 2,
        "seed": 1,
    }
    rows = rows_of((6,))
    model, _ = by_engine([{"type": "Dense", "units": 3, "activation": "softmax"}], training, rows, None)
    artifact = save_model(model, tmp_path)
    loaded = keras.models.load_model(artifact.path)
    assert (loaded.predict(rows[0], verbose=0) == model.predict(rows[0], verbose=0)).all()
    assert loaded.optimizer.momentum == pytest.approx(0.95)
    assert [variable.shape for variable in loaded.optimizer.variables] == [
        variable.shape for variable in model.optimizer.variables
    ]
