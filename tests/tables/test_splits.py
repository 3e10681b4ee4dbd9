"""Which rows train, validate and test, in every way of splitting them."""

import hashlib
import itertools
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tables.tables import Prepared, Uploaded, csv_of, refusal, uploaded

ROWS = 200
CHANCE = np.random.default_rng(11)
SIZES = [40, 30, 25, 20, 20, 15, *[5] * 10]
COLUMNS: dict[str, list[Any]] = {
    "row": list(range(ROWS)),
    "class": CHANCE.choice(["a", "b", "c"], ROWS, p=[0.7, 0.2, 0.1]).tolist(),
    "group": [f"g{g}" for g, size in enumerate(SIZES) for _ in range(size)],
    "day": [f"2024-01-{day:02d}" for day in CHANCE.integers(1, 29, ROWS)],
    "id": [f"person {n * 37}" for n in range(ROWS)],
    "part": CHANCE.choice(["train", "dev", "eval", "none"], ROWS).tolist(),
    "fold": CHANCE.integers(0, 5, ROWS).tolist(),
    "is_late": ["yes" if row % 3 == 0 else "no" for row in range(ROWS)],
    "gap": [None, *["x", "y", "z"] * 66, "x"],
}
FEATURES = {"features": [{"column": "row", "encoding": "number", "scaling": "none"}]}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Uploaded:
    said = {"columns": {"fold": {"type": "number"}, "id": {"type": "text"}}}
    return uploaded(csv_of(COLUMNS), tmp_path_factory.mktemp("table"), said)


def rows_of(prepared: Prepared) -> tuple[list[int], ...]:
    return tuple(
        prepared.arrays[f"{kind}_features"][:, 0].astype(int).tolist() if f"{kind}_features" in prepared.arrays else []
        for kind in ("training", "validation", "test")
    )


def split(table: Uploaded, said: dict[str, Any] | None, **training: object) -> tuple[list[int], ...]:
    asked = {**FEATURES, "target": "row", **({} if said is None else {"split": said})}
    return rows_of(table.prepared(asked, **training))


def test_rows_as_they_stand_or_drawn(table: Uploaded) -> None:
    every = list(range(ROWS))
    assert split(table, None) == (every, [], [])
    assert split(table, None, validation_split=0.15) == (every[:170], every[170:], [])
    assert split(table, {"validation": 0.2, "test": 0.1}) == (every[:140], every[140:180], every[180:])
    order = np.random.default_rng(9).permutation(ROWS).tolist()
    assert split(table, {"validation": 0.2, "test": 0.1, "seed": 9}) == (order[:140], order[140:180], order[180:])
    assert split(table, {"test": 0.1, "seed": 9}, validation_split=0.25) == (order[:135], order[135:180], order[180:])


def test_stratified(table: Uploaded) -> None:
    parts = split(table, {"validation": 0.2, "test": 0.1, "stratify": "class"})
    assert [len(part) for part in parts] == [140, 40, 20]
    assert sorted(itertools.chain(*parts)) == list(range(ROWS))
    counts = Counter(COLUMNS["class"])
    for part, share in zip(parts, (0.7, 0.2, 0.1), strict=True):
        found = Counter(COLUMNS["class"][row] for row in part)
        assert all(abs(found[value] - counts[value] * share) <= 1 for value in counts)
        assert part == sorted(part), "rows keep their order"
    drawn = split(table, {"validation": 0.2, "test": 0.1, "stratify": "class", "seed": 2})
    assert drawn != parts
    order = np.random.default_rng(2).permutation(ROWS).tolist()
    assert all([row for row in order if row in set(part)] == part for part in drawn)
    gaps = split(table, {"validation": 0.5, "stratify": "gap"})
    assert [len(part) for part in gaps] == [100, 100, 0]


def test_groups_stay_together(table: Uploaded, tmp_path: Path) -> None:
    said = {"validation": 0.2, "test": 0.1, "group": "group"}
    for seed in (None, 1, 2):
        parts = split(table, said if seed is None else {**said, "seed": seed})
        sets = [{COLUMNS["group"][row] for row in part} for part in parts]
        assert not any(one & other for one, other in itertools.combinations(sets, 2))
        assert sorted(itertools.chain(*parts)) == list(range(ROWS))
        assert [abs(len(part) - wanted) <= 5 for part, wanted in zip(parts, (140, 40, 20), strict=True)] == [True] * 3
    assert split(table, said) == split(table, said)
    by_text = split(table, {"validation": 0.2, "group": "id"})
    assert [len(part) for part in by_text] == [160, 40, 0]
    two = csv_of({**COLUMNS, "group": ["g0", "g1"] * (ROWS // 2)})
    few = uploaded(two, tmp_path, {"columns": {"group": {"type": "category"}}})
    with refusal("only 2 groups") as refused:
        split(few, said)
    assert refused.value.pointer == "/dataset/split/group"


def test_the_oldest_rows_train(table: Uploaded) -> None:
    parts = split(table, {"validation": 0.2, "test": 0.1, "time": "day"})
    order = sorted(range(ROWS), key=lambda row: COLUMNS["day"][row])
    assert parts == (order[:140], order[140:180], order[180:])
    with refusal("Row 1 has no value"):
        split(table, {"validation": 0.2, "hash": "gap"})


def test_hashes_keep_each_row_in_its_part(table: Uploaded, tmp_path: Path) -> None:
    said = {"validation": 0.2, "test": 0.1, "hash": "id"}
    parts = split(table, said)

    def place(row: int) -> float:
        return int.from_bytes(hashlib.sha256(COLUMNS["id"][row].encode()).digest()[:8], "big") / 2**64

    expected = [[], [], []]
    for row in range(ROWS):
        expected[2 if place(row) >= 0.9 else 1 if place(row) >= 1 - 0.2 - 0.1 else 0].append(row)
    assert parts == tuple(expected)
    kept = list(range(3, ROWS, 2))[::-1]
    fewer = {name: [values[row] for row in kept] for name, values in COLUMNS.items()}
    again = split(uploaded(csv_of(fewer), tmp_path, {"columns": {"id": {"type": "text"}}}), said)
    assert [[row for row in part if row in set(kept)][::-1] for part in parts] == list(again)


def test_a_column_says_the_part(table: Uploaded) -> None:
    by = {
        part: [row for row in range(ROWS) if COLUMNS["part"][row] == part] for part in ("train", "dev", "eval", "none")
    }
    said = {"column": "part", "validation": "dev", "test": "eval"}
    others = sorted(by["train"] + by["none"])
    assert split(table, {"column": said}) == (others, by["dev"], by["eval"])
    assert split(table, {"column": {**said, "training": "train"}}) == (by["train"], by["dev"], by["eval"])
    without = {"column": "part", "test": "eval", "training": "none"}
    end = math.floor(len(by["none"]) * 0.75)
    assert split(table, {"column": without}, validation_split=0.25) == (by["none"][:end], by["none"][end:], by["eval"])
    with refusal("No rows are left to train on"):
        split(table, {"column": {**said, "training": "nothing"}})
    with refusal("no rows with the value of `test`"):
        split(table, {"column": {**said, "test": "Eval"}})
    late = list(range(0, ROWS, 3))
    for value in ("yes", "true", True):
        assert split(table, {"column": {"column": "is_late", "test": value}})[2] == late
        assert split(table, {"fold": {"column": "is_late", "validation": value}})[1] == late


def test_one_fold_validates(table: Uploaded) -> None:
    training, validation, test = split(table, {"fold": {"column": "fold", "validation": 3}})
    assert validation == [row for row in range(ROWS) if COLUMNS["fold"][row] == 3]
    assert sorted(training + validation) == list(range(ROWS))
    assert test == []
    with refusal("no rows of the fold"):
        split(table, {"fold": {"column": "fold", "validation": 9}})


def test_validation_rows_of_another_data_set(table: Uploaded, tmp_path: Path) -> None:
    main = {"job": ["b", "a", "1", "a"], "x": [1.5, 2.0, 3.0, 2.5], "y": ["no", "yes", "yes", "no"]}
    other = {"y": ["yes", "no", "yes"], "extra": [1, 2, 3], "x": [5.0, None, 2.0], "job": [1, 2, 1]}
    said = {"columns": {"job": {"type": "category"}, "y": {"type": "category"}}, "target": "y"}
    first = uploaded(csv_of(main), tmp_path, said)
    second = uploaded(csv_of(other), tmp_path, {"columns": {"job": {"type": "number"}, "y": {"type": "category"}}})
    prepared = first.prepared(
        {"features": ["x", "job"], "scaling": "none", "validation_from": "ds_other", "split": {"test": 0.25}},
        "classes",
        second,
    )
    # Of job, the training rows have 1, a, b: places by text, whatever the other file's column was read as.
    assert prepared.feature(1)["values"] == ["1", "a", "b"]
    np.testing.assert_array_equal(prepared.validation[:, 1:], [[1, 0, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0]])
    np.testing.assert_array_equal(prepared.validation[:, 0], np.float32([5, np.mean([1.5, 2, 3]), 2]))
    np.testing.assert_array_equal(prepared.arrays["validation_target"], [1, 0, 1])
    assert len(prepared.arrays["test_target"]) == 1
    refusals = {
        "does not have the column": {"y": ["yes"], "job": ["a"]},
        "has another type": {"y": ["yes"], "job": ["a"], "x": ["p"]},
        "does not have. Leave out": {"y": ["maybe"], "job": ["a"], "x": [1.5]},
    }
    for message, columns in refusals.items():
        table = uploaded(csv_of(columns), tmp_path, {"columns": {"y": {"type": "category"}}})
        with refusal(message) as refused:
            first.prepared({"features": ["x", "job"], "validation_from": "ds_other"}, "classes", table)
        assert refused.value.pointer == "/dataset/validation_from"


def test_another_data_set_may_write_its_booleans_otherwise(tmp_path: Path) -> None:
    said = {"columns": {"member": {"type": "boolean"}, "y": {"type": "boolean"}}, "target": "y"}
    main = {"member": ["Yes", "yes", "No", "no"], "y": [True, False, True, False]}
    other = {"member": ["f", "t", None], "y": [0, 1, 1]}
    first, second = (uploaded(csv_of(columns), tmp_path, said) for columns in (main, other))
    asked = {"features": [{"column": "member", "encoding": "one_hot"}], "validation_from": "ds_other"}
    prepared = first.prepared(asked, "classes", second)
    assert prepared.feature()["values"] == ["No", "Yes"]
    np.testing.assert_array_equal(prepared.validation[:, :2], [[1, 0], [0, 1], [0, 0]])
    np.testing.assert_array_equal(prepared.arrays["validation_target"], [0, 1, 1])


def test_a_part_that_is_asked_for_has_rows(tmp_path: Path) -> None:
    columns = {"part": ["a", "a", "b", "b"], "late": ["no", "no", "yes", "no"], "y": [1.0, 2.0, None, None]}
    table = uploaded(csv_of(columns), tmp_path, {"target": "y"})
    for part in ("validation", "test"):
        # The rows of that value are there, and have no target.
        with refusal(f"no rows with the value of `{part}`") as refused:
            table.prepared({"features": ["late"], "split": {"column": {"column": "part", part: "b"}}})
        assert refused.value.pointer == f"/dataset/split/column/{part}"
    by_truth = {"column": {"column": "late", "validation": "true"}}
    filled = uploaded(csv_of({**columns, "y": [1.0, 2.0, 3.0, 4.0]}), tmp_path, {"target": "y"})
    assert len(filled.prepared({"features": ["part"], "split": by_truth}).validation) == 1
