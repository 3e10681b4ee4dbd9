"""From whole files to prepared rows: targets, weights, inputs, the same bytes, and nothing fitted on what validates."""

import json
import os
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spec.datasets.built_in import BUILT_IN
from spec.datasets.choice import DatasetSpec
from spec.training.targets import Encoding
from spec.training.training import TrainingSpec
from tests.reader.files import npz
from tests.tables.tables import csv_of, parquet_of, refusal, uploaded
from worker.trainer.data.files import DataFiles
from worker.trainer.data.preparation import parts_of
from worker.trainer.data.prepared import PreparedDataSets
from worker.trainer.data.tables import moments
from worker.trainer.sources.origins import Origin, origin_of
from worker.trainer.sources.rows import RawRows
from worker.trainer.sources.uploaded import UploadedData

GOLDEN = "5e93e38b69f4a7b97f6510b81df9c295d823acfe2a49296fd3ab04a6fc62fdd4"
"""Of x86: the logarithms in `tf_idf` are those of TensorFlow's build for it."""
EVERY = """\
x,whole,job,member,born,note,weight,y
1.5,1,clerk,yes,2024-01-31,The cat sat.,1,low
,2,baker,no,2023-12-01 10:30:15,"A cat, a mat",2,high
-3.25,3,,yes,,on the mat,1,mid
7e3,4,nurse,,1969-12-31,,0.5,low
0.1,5,clerk,no,2000-02-29,cat cat cat,1,mid
2,6,clerk,yes,2024-07-04,Straße,1,high
,7,baker,yes,2011-11-11,the end,3,low
9.75,8,pilot,no,1999-01-01,cat,1,mid
"""
ALL_FEATURES: list[Any] = [
    "x",
    {"column": "whole", "encoding": "number", "scaling": "unit"},
    "job",
    {"column": "job", "encoding": "ordinal"},
    {"column": "job", "encoding": "hashed", "bins": 5},
    "member",
    {"column": "born", "encoding": "date_parts", "parts": ["year", "weekday", "hour", "timestamp"]},
    {"column": "note", "encoding": "multi_hot", "max_tokens": 9},
    {"column": "note", "encoding": "count", "max_tokens": 9, "ngrams": 2},
    {"column": "note", "encoding": "tf_idf", "max_tokens": 9},
]
ASKED: dict[str, Any] = {
    "features": ALL_FEATURES,
    "target": "y",
    "sample_weight": "weight",
    "missing": {"number": "median", "indicator": True},
    "split": {"validation": 0.25, "test": 0.125, "seed": 1},
}
SAID = {"columns": {"note": {"type": "text"}, "weight": {"type": "number"}}}


def test_the_same_file_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = uploaded(EVERY, tmp_path, SAID)
    prepared = table.prepared(ASKED, "classes")
    assert prepared.digest() == GOLDEN, "a change of what is prepared must raise TABLES_FORMAT"
    assert prepared.told["classes"] == ["high", "low", "mid"]
    # Whatever the pieces in which it is made.
    monkeypatch.setattr("worker.trainer.data.parts._PIECE_BYTES", 16)
    monkeypatch.setattr("worker.trainer.data.tables.texts._ROWS_AT_ONCE", 2)
    again = table.prepared(ASKED, "classes")
    assert (again.digest(), again.told) == (GOLDEN, prepared.told)


words = st.sampled_from(["red", "Green", "blue é", "0", "7", '"quoted", twice'])
numbers = st.floats(-1e9, 1e9, allow_nan=False)
Rows: TypeAlias = list[tuple[float | None, str | None, float]]
table_rows = st.lists(st.tuples(numbers | st.none(), words | st.none(), numbers), min_size=8, max_size=30)
FEATURES: dict[str, Any] = {
    "features": [
        "n",
        {"column": "w", "encoding": "one_hot"},
        {"column": "w", "encoding": "ordinal"},
        {"column": "n", "encoding": "number", "scaling": "unit"},
    ],
    "target": "y",
}


def columns_of(rows: Rows) -> dict[str, list[Any]]:
    names = ("n", "w", "y")
    found: dict[str, list[Any]] = {
        name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)
    }
    # pyarrow needs to know the types of columns that lack every value.
    found["n"][0], found["w"][0] = 1.5, "red"
    return found


TYPES = {"columns": {"n": {"type": "number"}, "w": {"type": "category"}, "y": {"type": "number"}}}


@settings(max_examples=15, deadline=None)
@given(rows=table_rows)
def test_a_table_is_prepared_alike_from_csv_and_parquet(tmp_path_factory: pytest.TempPathFactory, rows: Rows) -> None:
    folder, columns = tmp_path_factory.mktemp("both"), columns_of(rows)
    asked = {**FEATURES, "split": {"validation": 0.25, "seed": 3}}
    one, other = (uploaded(data, folder, TYPES).prepared(asked) for data in (csv_of(columns), parquet_of(columns)))
    assert one.digest() == other.digest()
    assert one.told == other.told


@settings(max_examples=15, deadline=None)
@given(rows=table_rows, others=table_rows, said=st.sampled_from(["mean", "median", "most_common", "zero"]))
def test_rows_that_validate_change_nothing_that_is_fitted(
    tmp_path_factory: pytest.TempPathFactory, rows: Rows, others: Rows, said: str
) -> None:
    folder = tmp_path_factory.mktemp("both")
    columns, more = columns_of(rows), columns_of(others)
    trained = len(rows)
    fitted: list[Any] = []
    training: list[np.ndarray] = []
    for last in (more, {name: [values[0]] * len(others) for name, values in columns.items()}):
        # The same values in all, so that widths are the same; the rows to validate with differ in their order too.
        every = {name: [*columns[name], *last[name], *more[name]] for name in columns}
        every["part"] = ["t"] * trained + ["v"] * len(others) + ["unused"] * len(others)
        split = {"column": {"column": "part", "training": "t", "validation": "v"}}
        found = uploaded(csv_of(every), folder, TYPES).prepared(
            {**FEATURES, "missing": {"number": said}, "split": split}
        )
        fitted.append(found.fitted)
        training.append(found.training)
    assert json.dumps(fitted[0]) == json.dumps(fitted[1])
    assert training[0].tobytes() == training[1].tobytes()


def test_targets(tmp_path: Path) -> None:
    made = {
        "x": np.arange(6.0),
        "digit": np.array([7, 3, 10, 3, 7, 7], np.uint8),
        "flag": np.array([True, False, True, True, False, False]),
        "other": np.array([0.0, 1.0, 0.0, 0.0, 1.0, 1.0]),
        "several": np.arange(12.0).reshape(6, 2),
    }
    table = uploaded(npz(**made), tmp_path)

    def target(said: object, encoding: Encoding) -> tuple[np.ndarray, Any]:
        found = table.prepared({"features": ["x"], "target": said}, encoding)
        return found.arrays["training_target"], found.fitted["target"]

    found, told = target({"column": "digit", "type": "classes"}, "classes")
    assert (found.tolist(), found.dtype) == ([1, 0, 2, 0, 1, 1], np.int64)
    assert told["classes"] == ["3", "7", "10"]
    found, _ = target({"column": "digit", "type": "classes"}, "one_hot")
    np.testing.assert_array_equal(found, np.eye(3, dtype=np.float32)[[1, 0, 2, 0, 1, 1]])
    found, told = target("flag", "classes")
    np.testing.assert_array_equal(found, made["flag"])
    assert told["classes"] == ["false", "true"]
    found, _ = target("flag", "number")
    assert (found.shape, found.dtype) == ((6, 1), np.float32)
    found, told = target(["flag", "other"], "labels")
    np.testing.assert_array_equal(found, np.stack([made["flag"], made["other"]], axis=1))
    assert (told["labels"], told["classes"], found.dtype) == (["flag", "other"], None, np.float32)
    found, told = target("several", "number")
    np.testing.assert_array_equal(found, made["several"])
    assert told["labels"] == ["several_0", "several_1"]


def test_rows_without_a_target_are_left_out_or_refused(tmp_path: Path) -> None:
    table = uploaded("x,y,w\n1,2.5,1\n2,,1\n3,4.5,-1\n4,5.5,\n", tmp_path, {"target": "y"})
    assert table.prepared({"features": ["x"]}).arrays["training_target"].ravel().tolist() == [2.5, 4.5, 5.5]
    with refusal("Row 2 has no target") as refused:
        table.prepared({"features": ["x"], "missing": {"target": "refuse"}})
    assert refused.value.pointer == "/dataset/missing/target"
    with refusal("weight of row 3 is negative") as refused:
        table.prepared({"features": ["x"], "sample_weight": "w"})
    assert refused.value.pointer == "/dataset/sample_weight"
    empty = uploaded("x,y\n1,\n2,\n", tmp_path, {"target": "y", "columns": {"y": {"type": "number"}}})
    with refusal("Every row lacks a value"):
        empty.prepared({"features": ["x"]})


def test_weights(tmp_path: Path) -> None:
    text = "x,y,w\n" + "".join(f"{n},{'ab'[n % 3 == 0]},{n / 4}\n" for n in range(8)) + "9,a,\n"
    table = uploaded(text, tmp_path, {"target": "y", "columns": {"y": {"type": "category"}}})
    asked = {"features": ["x"], "sample_weight": "w", "split": {"validation": 0.25, "test": 0.25}}
    arrays = table.prepared(asked, "classes").arrays
    parts = [arrays[f"{kind}_weights"] for kind in ("training", "validation", "test")]
    np.testing.assert_array_equal(np.concatenate(parts), np.arange(8, dtype=np.float32) / 4)
    assert {part.dtype for part in parts} == {np.dtype(np.float32)}
    both = table.prepared(asked, "classes", class_weight={"1": 2.0}).arrays
    np.testing.assert_array_equal(both["training_weights"], parts[0] * [2, 1, 1, 2])
    np.testing.assert_array_equal(both["validation_weights"], parts[1])
    only = table.prepared({"features": ["x"], "split": {"test": 0.25}}, "classes", class_weight="balanced").arrays
    assert "test_weights" not in only
    assert only["training_weights"].shape == only["training_target"].shape


def test_several_inputs(tmp_path: Path) -> None:
    table = uploaded(EVERY, tmp_path, SAID)
    tokens = {"column": "note", "encoding": "tokens", "length": 3, "max_tokens": 20}
    asked = {"inputs": {"text": [tokens], "table": ["x", "job"]}, "target": "y", "split": {"test": 0.25}}
    found = table.prepared(asked, "classes")
    assert set(found.arrays) == {
        *("training_features_0", "training_features_1", "training_target"),
        *("test_features_0", "test_features_1", "test_target"),
        "told",
    }
    assert found.arrays["training_features_0"].shape == (6, 3)
    assert found.arrays["training_features_1"].shape == (6, *found.fitted["inputs"][1]["shape"])
    assert [one["name"] for one in found.fitted["inputs"]] == ["text", "table"]


@pytest.mark.parametrize("scaling", ["unit", "standard", "none"])
@pytest.mark.parametrize("name", ["fashion_mnist", "iris"])
def test_a_built_in_data_set_as_a_file_is_the_same_to_the_bit(tmp_path: Path, scaling: str, name: str) -> None:
    training = TrainingSpec(loss="mse", validation_split=0.1)
    chance = np.random.default_rng(3)
    if name == "iris":
        raw = origin_of(name).load()
        columns = {column: raw.features[:, place] for place, column in enumerate(raw.columns)}
        made, features = npz(**columns, target=raw.target), list(columns)
    else:
        raw = RawRows(chance.integers(0, 256, (500, 28, 28), np.uint8), chance.integers(0, 10, 500).astype(np.uint8))
        made, features = npz(x=raw.features, target=raw.target), ["x"]
    facts = BUILT_IN[name].model_copy(update={"rows": len(raw.features), "test_rows": 0})
    said = DatasetSpec.model_validate({"name": name, "scaling": scaling})
    expected = {p.name: np.concatenate(list(p.pieces())) for p in parts_of(raw, said, facts, training, "classes")}
    asked = {"features": features, "target": {"column": "target", "type": "classes"}, "scaling": scaling}
    found = uploaded(made, tmp_path).prepared(asked, "classes", validation_split=0.1).arrays
    for part, array in expected.items():
        assert found[part].dtype == array.dtype
        assert found[part].tobytes() == array.tobytes(), part


def test_arrays_with_gaps(tmp_path: Path) -> None:
    x = np.random.default_rng(2).normal(size=(40, 3, 2))
    x[3, 1, 0] = x[5, 1, 0] = x[39, 2, 1] = np.nan
    table = uploaded(npz(x=x, y=np.arange(40.0)), tmp_path)
    for said, middle in (("mean", np.nanmean), ("median", np.nanmedian)):
        asked = {"features": [{"column": "x", "encoding": "number"}], "target": "y", "missing": {"number": said}}
        found = table.prepared({**asked, "split": {"test": 0.1}})
        fill = middle(x[:36], axis=0)
        np.testing.assert_allclose(found.feature()["fill"], fill.ravel(), rtol=1e-12)
        np.testing.assert_array_equal(found.training, np.where(np.isnan(x), fill, x)[:36].astype(np.float32))
    dropped = table.prepared({"features": ["x"], "target": "y", "missing": {"number": "drop_row"}})
    assert dropped.training.shape == (37, 3, 2)


def test_sums_do_not_depend_on_pieces() -> None:
    values = np.random.default_rng(8).normal(1e6, 1, (5000, 3))
    every = moments.moments(lambda: iter([values]))
    for size in (1, 7, 4096):
        some = moments.moments(lambda size=size: (values[b : b + size] for b in range(0, 5000, size)))
        assert [one.tobytes() for one in some] == [one.tobytes() for one in every]
    for place in range(3):
        alone = moments.moments(lambda place=place: iter([values[:, place : place + 1]]))
        assert [one[0] for one in alone] == [one[place] for one in every]
    np.testing.assert_array_equal(every[0], values.mean(axis=0))
    np.testing.assert_array_equal(every[1], values.std(axis=0))


def test_prepared_rows_are_shared_with_what_was_fitted(tmp_path: Path) -> None:
    table = uploaded(EVERY, tmp_path, SAID)
    data = UploadedData.of(table.inputs())
    assert data is not None
    origin = Origin(table.facts, data)
    said = DatasetSpec.model_validate({"name": "ds_test", **ASKED})
    training = TrainingSpec(loss="mse")
    first = PreparedDataSets(DataFiles(tmp_path / "data", 2**30)).get(said, training, "classes", origin=origin)
    again = PreparedDataSets(DataFiles(tmp_path / "data", 2**30))
    os.truncate(table.columns.path, 0)  # nobody reads it again
    second = again.get(said, training, "classes", origin=origin)
    assert second.told == first.told == table_told(EVERY, tmp_path / "other")
    np.testing.assert_array_equal(second.training.features, first.training.features)
    # Other bytes under the same name are other rows.
    other = uploaded(EVERY.replace("1.5", "2.5"), tmp_path, SAID)
    changed = UploadedData.of(other.inputs())
    assert changed is not None
    found = again.get(said, training, "classes", origin=Origin(other.facts, changed))
    assert found.told != first.told


def table_told(text: str, folder: Path) -> dict[str, Any]:
    return uploaded(text, folder, SAID).prepared(ASKED, "classes").told
