"""What training rows are like: the scales of a table's columns, the balance of its targets, of all rows or of some."""

import numpy as np
import pytest

from coach.evidence import ColumnsSeen
from worker.trainer.data import row_statistics as module
from worker.trainer.data.row_statistics import row_statistics

TABLE = np.array([[3, 300, 7], [-1, -100, 7], [3, 500, 7], [-5, 700, 7]], np.float32)


def test_of_a_table_each_column_has_a_scale_and_constant_ones_are_passed_over() -> None:
    told = row_statistics([TABLE], np.array([0, 2, 2, 2]), "classes")
    assert (told["train_rows"], told["class_rows"]) == (4, [1, 0, 3])
    columns = ColumnsSeen(**told["columns"][0])
    assert (columns.least, columns.most) == (-100, 700)
    assert (columns.mean, columns.deviation) == pytest.approx((TABLE.mean(), TABLE.std()))
    assert columns.smallest_scale == pytest.approx(np.sqrt(11))
    assert columns.largest_scale == pytest.approx(np.sqrt(210_000))
    constant = row_statistics([TABLE[:, 2:]], np.zeros(4, np.int64), "classes")["columns"][0]
    assert constant["smallest_scale"] == constant["largest_scale"] == 7


def test_of_pictures_all_numbers_are_one_column_and_targets_are_read_as_they_are_laid() -> None:
    pictures = np.stack([np.zeros((2, 2)), np.ones((2, 2))]).astype(np.float32)
    one_hot = row_statistics([pictures, TABLE[:2]], np.eye(3, dtype=np.float32)[:2], "one_hot")
    assert one_hot["class_rows"] == [1, 1, 0]
    assert one_hot["columns"][0]["largest_scale"] == pytest.approx(np.sqrt(0.5))
    assert len(one_hot["columns"]) == 2
    assert row_statistics([pictures], np.array([[1, 1], [0, 1]], np.float32), "labels")["class_rows"] == [1, 2]
    numbers = row_statistics([pictures], np.array([[1.0], [5.0]], np.float32), "number")
    assert (numbers["target_mean"], numbers["target_deviation"]) == (3, 2)
    assert "class_rows" not in numbers


def test_of_many_rows_some_are_looked_at_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_NUMBERS", 3000)
    features = np.random.default_rng(1).normal(2.0, 3.0, size=(10_000, 3)).astype(np.float32)
    target = np.arange(10_000) // 7000
    told = row_statistics([features], target, "classes")
    assert told == row_statistics([features], target, "classes")
    assert told["columns"][0]["mean"] == pytest.approx(2.0, abs=0.3)
    assert told["columns"][0]["most"] < features.max()
    assert told["train_rows"] == 10_000
    assert told["class_rows"] == pytest.approx([7000, 3000], abs=300)
    assert sum(told["class_rows"]) == pytest.approx(10_000, abs=2)
