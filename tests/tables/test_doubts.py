"""What is told of rows that may mislead: each where it is so, and not where it is not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.problem_wording import faults_of_message
from tests.reader.files import npz
from tests.tables.tables import csv_of, uploaded
from worker.trainer.data.tables import doubts

ROWS = 60
CHANCE = np.random.default_rng(1)
PLAIN: dict[str, list[Any]] = {
    "x": CHANCE.normal(size=ROWS).tolist(),
    "z": CHANCE.choice(["p", "q", "r"], ROWS).tolist(),
    "y": (["a", "b", "b", "a", "c"] * ROWS)[:ROWS],
    "n": CHANCE.normal(size=ROWS).tolist(),
}
DRAWN = {"split": {"validation": 0.25, "seed": 2}}
HELD_BACK = {"split": {"validation": 0.25}}


def told(
    tmp_path: Path, changes: dict[str, list[Any]], asked: dict[str, Any], **training: object
) -> list[dict[str, Any]]:
    columns = {**PLAIN, **changes}
    features = [name for name in columns if name not in {"y", "n"}]
    said = {"features": features, "target": "y", **asked}
    types = {"columns": {"y": {"type": "category"}}}
    encoding = "number" if said["target"] == "n" else "classes"
    found = uploaded(csv_of(columns), tmp_path, types).prepared(said, encoding, **training).told["warnings"]
    assert [fault for one in found for fault in faults_of_message(one["message"])] == []
    return found


def test_nothing_is_told_of_sound_rows(tmp_path: Path) -> None:
    assert told(tmp_path, {}, DRAWN) == []
    assert told(tmp_path, {}, {**DRAWN, "target": "n"}) == []
    assert told(tmp_path, {}, {}, validation_split=0.2) == []


CASES: dict[str, tuple[dict[str, list[Any]], dict[str, Any], str | None, str]] = {
    "constant_column": (
        {"same": [3.5] * (ROWS - 10) + [1.5] * 10},
        HELD_BACK,
        "same",
        "45 training",
    ),
    "id_column": ({"key": [f"k{n}" for n in range(ROWS)]}, DRAWN, "key", "60 rows"),
    "target_determined": ({"leak": [v.upper() for v in PLAIN["y"]]}, DRAWN, "leak", "45 training rows"),
    "equal_rows": (
        {"x": [*PLAIN["x"][:-2], *PLAIN["x"][:2]], "z": [*PLAIN["z"][:-2], *PLAIN["z"][:2]]},
        HELD_BACK,
        None,
        "2 of 15 validation rows",
    ),
    "group_on_both_sides": (
        {"patientId": [f"p{n // 4}" for n in range(ROWS)]},
        DRAWN,
        "patientId",
        '"group": "patientId"',
    ),
    "class_with_few_rows": ({"y": ["rare", *PLAIN["y"][1:]]}, DRAWN, "y", '"rare"'),
    "class_first_met_in_validation": (
        {"y": [*PLAIN["y"][:-3], "new", "new", "new"]},
        HELD_BACK,
        "y",
        '3 validation rows have a class that no training row has: "new"',
    ),
    "sorted_target": ({"y": sorted(PLAIN["y"])}, {"split": {"test": 0.25}}, "y", "last 15 of them"),
}


@pytest.mark.parametrize("code", CASES)
def test_what_is_doubtful_is_told(tmp_path: Path, code: str) -> None:
    changes, asked, column, words = CASES[code]
    found = [one for one in told(tmp_path, changes, asked) if one["code"] == code]
    assert {one["column"] for one in found} == {column}
    assert words in found[0]["message"]


def test_numbers_of_rows_and_copied_targets_are_told(tmp_path: Path) -> None:
    found = told(tmp_path, {"number": list(range(5, ROWS + 5)), "copy": PLAIN["n"]}, {**DRAWN, "target": "n"})
    assert [(one["code"], one["column"]) for one in found] == [("id_column", "number"), ("target_determined", "copy")]


def test_a_sorted_target_is_told_with_a_validation_split_alone(tmp_path: Path) -> None:
    falling = {"n": sorted(PLAIN["n"], reverse=True)}
    found = told(tmp_path, falling, {"target": "n"}, validation_split=0.2)
    assert [(one["code"], one["column"]) for one in found] == [("sorted_target", "n")]
    assert told(tmp_path, falling, {"target": "n", **DRAWN}) == []


def test_a_split_by_groups_has_them_on_one_side(tmp_path: Path) -> None:
    groups = {"patientId": [f"p{n // 4}" for n in range(ROWS)]}
    found = told(tmp_path, groups, {"features": ["x"], "split": {"validation": 0.25, "group": "patientId"}})
    assert "group_on_both_sides" not in {one["code"] for one in found}


def test_equal_arrays_and_rows_of_another_file_are_found(tmp_path: Path) -> None:
    x = CHANCE.integers(0, 255, (40, 5, 5)).astype(np.uint8)
    x[39] = x[3]
    x[38] = x[37]  # both validate
    table = uploaded(npz(x=x, y=np.arange(40.0) % 7), tmp_path)
    asked = {"features": ["x"], "target": "y", "split": {"validation": 0.1}}
    (found,) = table.prepared(asked).told["warnings"]
    assert found["message"].startswith("1 of 4 validation rows")
    other = uploaded(npz(x=x[20:].astype(np.float64), y=np.arange(20.0) % 7), tmp_path)
    asked = {"features": ["x"], "target": "y", "validation_from": "ds_other"}
    (found,) = table.prepared(asked, "number", other).told["warnings"]
    assert found["message"].startswith("20 of 20 validation rows")


def test_messages_stay_short() -> None:
    names = ["n" * 200, "b", "c", "d"]
    assert doubts._examples(names) == f'"{"n" * 49}…", "b", "c", …'
