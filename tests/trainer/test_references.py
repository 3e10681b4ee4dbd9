"""How good simple models are: by which rows, on what scale, in which order, and in a process that may be killed."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from worker.reference_messages import GONE, Prepared, Reference, decode_reference
from worker.trainer.data.files import DataFiles
from worker.trainer.data.parts import Part
from worker.trainer.data.prepared_rows import PreparedRows
from worker.trainer.reference import samples
from worker.trainer.reference.models import references
from worker.trainer.reference.samples import sample_of
from worker.trainer.untyped import Array

RANDOM = np.random.default_rng(1)
BOUND_BYTES = str(2**30)


def rows_of(target: Array, *inputs: Array, weights: Array | None = None) -> PreparedRows:
    return PreparedRows(tuple(np.asarray(one, np.float32) for one in inputs), np.asarray(target), weights)


def found(prepared: Prepared, training: PreparedRows, validation: PreparedRows | None = None) -> dict[str, float]:
    sample = sample_of(training, validation, prepared.tokens, are_weighted=prepared.are_weighted)
    last = list(references(prepared, sample))[-1]
    return {one.model: one.score for one in last.scores}


def prepared(kind: str, encoding: str, classes: int = 0, tokens: Sequence[int] = ()) -> Prepared:
    said = {"kind": kind, "encoding": encoding, "classes": classes, "tokens": list(tokens)}
    return Prepared.model_validate({"folder": "", "choice": "", **said})


def test_of_classes_all_models_beat_the_guess_of_the_commonest() -> None:
    target = RANDOM.integers(0, 3, 300)
    features = np.eye(3)[target] * [1, 1e6, 1e-6] + RANDOM.normal(0, 0.1, (300, 3)) * [1, 1e6, 1e-6]
    training, validation = rows_of(target[:200], features[:200]), rows_of(target[200:], features[200:])
    scores = found(prepared("classes", "classes", 3), training, validation)
    assert list(scores) == ["guess", "logistic_regression", "nearest_neighbors", "gradient_boosting"]
    commonest = np.bincount(target[:200]).argmax()
    assert scores.pop("guess") == pytest.approx((target[200:] == commonest).mean())
    assert min(scores.values()) > 0.9
    one_hot = [rows_of(np.eye(3, dtype=np.float32)[one.target], *one.inputs) for one in (training, validation)]
    assert found(prepared("classes", "one_hot", 3), *one_hot)["logistic_regression"] == scores["logistic_regression"]
    is_first = [rows_of((one.target == 0).astype(np.float32)[:, None], *one.inputs) for one in (training, validation)]
    assert found(prepared("classes", "number", 2), *is_first)["nearest_neighbors"] > 0.9


def test_of_numbers_and_labels() -> None:
    features = RANDOM.normal(size=(400, 2, 2))
    numbers = features[:, 0] * [2, -1] + 100
    scores = found(prepared("number", "number"), rows_of(numbers, features))
    assert list(scores) == ["guess", "ridge_regression", "nearest_neighbors"]
    assert scores["guess"] == pytest.approx(0, abs=0.1)
    assert scores["ridge_regression"] > 0.99
    assert "gradient_boosting" in found(prepared("number", "number"), rows_of(numbers[:, :1], features))
    labels = (features[:, 0] > 0).astype(np.float32)
    scores = found(prepared("labels", "labels"), rows_of(labels, features))
    assert list(scores) == ["guess", "ridge_regression", "nearest_neighbors"]
    assert min(scores["ridge_regression"], scores["nearest_neighbors"]) > scores["guess"] + 0.3


def test_hostile_numbers_cost_no_more_than_their_columns() -> None:
    target = np.arange(200) % 2
    noise = RANDOM.normal(size=200)
    noise[::7], noise[1::11], noise[3] = np.nan, np.inf, 1e30
    features = np.stack([target + RANDOM.normal(0, 0.1, 200), noise, np.full(200, 5.0), np.full(200, np.nan)], axis=1)
    scores = found(prepared("classes", "classes", 2), rows_of(target, features))
    assert scores["logistic_regression"] > 0.9
    assert list(found(prepared("classes", "classes", 2), rows_of(target, features[:, 2:]))) == ["guess"]
    alike = found(prepared("classes", "classes", 2), rows_of(np.zeros(200, np.int64), features))
    assert "logistic_regression" not in alike


def test_words_are_counted_wherever_they_stand() -> None:
    target = np.arange(400) % 2
    words = RANDOM.integers(4, 30, (400, 12))
    words[np.arange(400), RANDOM.integers(0, 12, 400)] = 2 + target
    rows = rows_of(target, words, RANDOM.normal(size=(400, 2)))
    assert found(prepared("classes", "classes", 2, tokens=[0]), rows)["logistic_regression"] > 0.95
    assert found(prepared("classes", "classes", 2), rows)["logistic_regression"] < 0.8


def test_some_rows_are_taken_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MOST_ROWS", 50)
    monkeypatch.setattr(samples, "MOST_COLUMNS", 100)
    target = np.repeat(np.arange(2), 100)
    weights = np.arange(200, dtype=np.float32)
    rows = rows_of(target, RANDOM.normal(size=(200, 100, 100, 1)), weights=weights)
    one, other = (sample_of(rows, None, [], are_weighted=True) for _ in range(2))
    assert one.features.shape == (50, 100)
    assert one.held_back_features.shape == (40, 100)
    assert set(one.target.tolist()) == set(one.held_back_target.tolist()) == {0, 1}
    assert not one.has_validation
    assert np.array_equal(one.features, other.features)
    assert one.weights is not None
    assert np.array_equal(one.weights >= 100, one.target == 1)
    assert sample_of(rows, rows, [], are_weighted=False).weights is None


def order(folder: Path, rows: int = 60) -> str:
    target = np.arange(rows) % 2
    features = (target[:, None] + RANDOM.normal(0, 0.1, (rows, 3))).astype(np.float32)
    arrays = {"training_features": features, "training_target": target}
    parts = [
        Part(name, array.shape, array.dtype, lambda some, array=array: array[some]) for name, array in arrays.items()
    ]
    shared = DataFiles(folder, 2**24).get("rows", lambda: parts)
    said = prepared("classes", "classes", 2).model_copy(update={"folder": str(shared.folder)})
    return said.model_dump_json() + "\n"


def program() -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-P", "-m", "worker.trainer.reference", BOUND_BYTES]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)


def told(process: "subprocess.Popen[bytes]", said: str) -> list[Reference]:
    out, _ = process.communicate(said.encode())
    return [decode_reference(line) for line in out.splitlines()]


def test_the_program_tells_each_score_as_it_comes_at_a_low_priority(tmp_path: Path) -> None:
    said = order(tmp_path)
    process = program()
    priority = os.getpriority(os.PRIO_PROCESS, os.getpid())
    deadline = time.monotonic() + 60
    while os.getpriority(os.PRIO_PROCESS, process.pid) < min(19, priority + 10):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    lines = told(process, said)
    assert process.returncode == 0
    assert [len(one.scores) for one in lines] == [1, 2, 3, 4]
    assert (lines[-1].train_rows, lines[-1].rows, lines[-1].has_validation) == (48, 12, False)
    assert lines[-1].scores[1].score == 1.0
    assert lines[-1].scores[1].balanced == 1.0
    assert 0 < lines[-1].seconds < 10


def test_rows_that_are_gone_are_told_apart_from_rows_that_are_too_few(tmp_path: Path) -> None:
    processes = [program(), program()]
    gone = order(tmp_path / "gone").replace("gone", "nowhere")
    assert told(processes[0], gone) == []
    assert told(processes[1], order(tmp_path / "few", rows=5)) == []
    assert [process.returncode for process in processes] == [GONE, 0]
