"""Every encoding of a column, against scikit-learn or Keras: each fitted number and each encoded row."""

import datetime as dt
import json
import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler

from spec.datasets.choice import DatasetSpec
from spec.datasets.resolution import resolve
from tests.tables.tables import Uploaded, csv_of, refusal, uploaded
from worker.trainer.data.fitted import Fitted
from worker.trainer.data.told import MOST_TOLD_BYTES, data_told, shortened, target_names

ROWS, TRAINED = 300, 240
SPLIT = {"split": {"validation": 0.2}}
CHANCE = np.random.default_rng(5)
JOBS = ["baker", "clerk", "nurse", "Pilot", "ördner"]
BEGIN = dt.datetime(1965, 2, 3, 4, 5, 6, tzinfo=dt.UTC)
WORDS = ["The", "cat,", "sat", "on", "a", "mat!", "Straße", "ÉCOLE", "dog"]


def with_gaps(values: list[Any], share: float = 0.1) -> list[Any]:
    return [None if CHANCE.random() < share else value for value in values]


COLUMNS: dict[str, list[Any]] = {
    "x": with_gaps((CHANCE.normal(1e4, 3, ROWS)).tolist()),
    "whole": CHANCE.integers(-3, 4, ROWS).tolist(),
    "job": [*with_gaps(CHANCE.choice(JOBS[:4], ROWS - 2).tolist()), "ördner", "ördner"],
    "member": with_gaps(CHANCE.choice(["yes", "no"], ROWS).tolist()),
    "born": with_gaps(
        [(BEGIN + dt.timedelta(seconds=int(s))).isoformat()[:19] for s in CHANCE.integers(0, 2 * 10**9, ROWS)]
    ),
    "note": with_gaps([" ".join(CHANCE.choice(WORDS, CHANCE.integers(1, 6))) for _ in range(ROWS)]),
    "y": CHANCE.normal(size=ROWS).tolist(),
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Uploaded:
    said = {"columns": {"note": {"type": "text"}, "whole": {"type": "number"}}, "target": "y"}
    return uploaded(csv_of(COLUMNS), tmp_path_factory.mktemp("table"), said)


def column(name: str) -> np.ndarray:
    return np.array(COLUMNS[name], object)[:, np.newaxis]


def encoded(table: Uploaded, *features: object, **said: object) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """All rows, training rows first, and what was fitted on those."""
    prepared = table.prepared({"features": list(features), **SPLIT, **said})
    rows = np.concatenate([prepared.training, prepared.validation])
    assert rows.dtype == np.float32
    Fitted.model_validate(json.loads(json.dumps(prepared.fitted)))
    return rows, prepared.fitted["inputs"][0]["features"]


@pytest.mark.parametrize(
    ("said", "strategy"),
    [("mean", "mean"), ("median", "median"), ("most_common", "most_frequent"), ("zero", "constant")],
)
@pytest.mark.parametrize(("scaling", "scaler"), [("standard", StandardScaler), ("unit", MinMaxScaler)])
def test_numbers_are_filled_and_scaled_as_scikit_learn_does(
    table: Uploaded, said: str, strategy: str, scaling: str, scaler: type[Any]
) -> None:
    missing = {"number": said, "indicator": True}
    rows, (x, whole) = encoded(table, "x", "whole", scaling=scaling, missing=missing)
    numbers = column("x").astype(float)
    imputer = SimpleImputer(strategy=strategy, fill_value=0.0).fit(numbers[:TRAINED])
    filled = imputer.transform(numbers)
    scale = scaler().fit(filled[:TRAINED])
    np.testing.assert_allclose(rows[:, :1], scale.transform(filled), rtol=2e-6, atol=2e-6)
    np.testing.assert_array_equal(rows[:, 1:2], np.isnan(numbers))
    assert x["fill"] == pytest.approx([imputer.statistics_[0]], rel=1e-12)
    offset, divisor = x["scaling"]["offset"][0], x["scaling"]["divisor"][0]
    if scaling == "standard":
        assert (offset, divisor) == pytest.approx((scale.mean_[0], scale.scale_[0]), rel=1e-12)
    else:
        assert (offset, divisor) == (scale.data_min_[0], scale.data_range_[0])
    assert x["has_missing_place"]
    assert not whole["has_missing_place"]
    whole_scale = scaler().fit(column("whole")[:TRAINED].astype(float))
    np.testing.assert_allclose(rows[:, 2:], whole_scale.transform(column("whole").astype(float)), rtol=1e-6, atol=1e-6)


def test_numbers_that_are_not_scaled_are_the_files_own(table: Uploaded) -> None:
    rows, (fitted,) = encoded(table, {"column": "whole", "encoding": "number", "scaling": "none"})
    np.testing.assert_array_equal(rows, column("whole").astype(np.float32))
    assert fitted["scaling"] == {"kind": "none", "offset": None, "divisor": None}


def test_one_hot_is_scikit_learns(table: Uploaded) -> None:
    feature = {"column": "job", "encoding": "one_hot", "unknown": "own"}
    rows, (fitted,) = encoded(table, feature)
    jobs = column("job")
    known = np.array([[name] for name in sorted(JOBS[:4])], object)
    expected = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(known).transform(jobs)
    assert fitted["values"] == [name for (name,) in known.tolist()]
    assert (fitted["missing_place"], fitted["unknown_place"]) == (5, 6)
    np.testing.assert_array_equal(rows[:, :4], expected)
    np.testing.assert_array_equal(rows[:, 4], np.zeros(ROWS), "the place of a value that no training row has")
    np.testing.assert_array_equal(rows[:, 5:6], jobs == None)  # noqa: E711 -- of each
    np.testing.assert_array_equal(rows[:, 6:], jobs == "ördner")
    zeros, _ = encoded(table, {**feature, "unknown": "zeros"})
    np.testing.assert_array_equal(zeros, rows[:, :6])


def test_the_commonest_values_of_the_training_rows_get_the_places(table: Uploaded) -> None:
    trained = [job for job in COLUMNS["job"][:TRAINED] if job]
    counts = {job: trained.count(job) for job in sorted(set(trained))}
    commonest = sorted(sorted(counts, key=lambda job: -counts[job])[:2])
    rows, (fitted,) = encoded(
        table, {"column": "job", "encoding": "one_hot", "max_categories": 2}, missing={"category": "most_common"}
    )
    assert fitted["values"] == commonest
    assert fitted["fill"] == max(counts, key=lambda job: counts[job])
    assert rows.shape == (ROWS, 3)
    is_filled = np.array([job is None for job in COLUMNS["job"]])
    assert (rows[is_filled].argmax(axis=1) == commonest.index(fitted["fill"])).all()
    least = min(counts.values()) + 1
    _, (rarer,) = encoded(table, {"column": "job", "encoding": "one_hot", "min_count": least})
    assert rarer["values"] == [job for job in counts if counts[job] >= least]


def test_an_unknown_value_is_refused_by_its_row(table: Uploaded) -> None:
    for encoding in ("one_hot", "ordinal"):
        with refusal('row 299, the column "job" has the value "ördner"') as refused:
            encoded(table, {"column": "job", "encoding": encoding, "unknown": "refuse"})
        assert refused.value.pointer == "/dataset/features"


def test_ordinal_is_scikit_learns(table: Uploaded) -> None:
    rows, (fitted,) = encoded(table, {"column": "job", "encoding": "ordinal"})
    jobs = column("job")
    known = np.array([[name] for name in sorted(JOBS[:4])], object)
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=4).fit(known)
    is_missing = jobs == None  # noqa: E711 -- of each
    np.testing.assert_array_equal(rows, np.where(is_missing, 5, encoder.transform(np.where(is_missing, "", jobs))))
    assert (fitted["values"], fitted["unknown_number"], fitted["missing_number"]) == (known[:, 0].tolist(), 4, 5)
    order = ["nurse", "clerk"]
    said = {"column": "job", "encoding": "ordinal", "order": order, "unknown": "zeros"}
    rows, _ = encoded(table, said, missing={"category": "most_common"})
    expected = [order.index(job) if job in order else 0 for job in COLUMNS["job"]]
    filled = max(sorted(JOBS[:4]), key=COLUMNS["job"][:TRAINED].count)
    place = order.index(filled) if filled in order else 0
    assert rows[:, 0].tolist() == [place if job is None else e for e, job in zip(expected, COLUMNS["job"], strict=True)]


def test_numbers_as_categories_are_in_the_order_of_numbers(table: Uploaded) -> None:
    rows, (fitted,) = encoded(table, {"column": "whole", "encoding": "one_hot"})
    assert fitted["values"] == ["-3", "-2", "-1", "0", "1", "2", "3"]
    np.testing.assert_array_equal(rows[:, :7].argmax(axis=1) - 3, COLUMNS["whole"])


def test_booleans(table: Uploaded) -> None:
    values = COLUMNS["member"]
    rows, (fitted,) = encoded(table, "member")
    np.testing.assert_array_equal(rows[:, 0], [value == "yes" for value in values])
    np.testing.assert_array_equal(rows[:, 1], [value is None for value in values])
    assert (fitted["truth"], fitted["fill"]) == ({"no": False, "yes": True}, None)
    rows, (fitted,) = encoded(table, "member", missing={"category": "most_common"})
    commonest = values[:TRAINED].count("yes") > values[:TRAINED].count("no")
    assert fitted["fill"] is commonest
    np.testing.assert_array_equal(rows[:, 0], [commonest if v is None else v == "yes" for v in values])


def test_date_parts_are_pythons(table: Uploaded) -> None:
    parts = ["year", "quarter", "month", "day", "weekday", "day_of_year", "hour", "minute", "second", "timestamp"]
    feature = {"column": "born", "encoding": "date_parts", "parts": parts, "scaling": "none"}
    rows, (fitted,) = encoded(table, feature, missing={"indicator": True, "number": "mean"})
    moments = [None if text is None else dt.datetime.fromisoformat(f"{text}+00:00") for text in COLUMNS["born"]]
    there = np.array([moment is not None for moment in moments])
    expected = np.array(
        [
            (
                *(m.year, (m.month + 2) // 3, m.month, m.day, m.weekday(), m.timetuple().tm_yday),
                *(m.hour, m.minute, m.second, m.timestamp()),
            )
            for m in moments
            if m is not None
        ]
    )
    np.testing.assert_array_equal(rows[there, :-1], expected.astype(np.float32))
    np.testing.assert_array_equal(rows[:, -1], ~there)
    mean = expected[: there[:TRAINED].sum()].mean(axis=0)
    assert fitted["fill"] == pytest.approx(mean, rel=1e-12)
    np.testing.assert_array_equal(rows[~there, :-1], np.tile(mean.astype(np.float32), ((~there).sum(), 1)))


def test_hashes_are_keras(table: Uploaded) -> None:
    rows, _ = encoded(
        table, {"column": "job", "encoding": "hashed", "bins": 7}, {"column": "whole", "encoding": "hashed"}
    )
    jobs = COLUMNS["job"]
    layer = keras.layers.Hashing(7, output_mode="one_hot")
    expected = np.array(layer(np.array([[job or ""] for job in jobs], object))) * [[job is not None] for job in jobs]
    np.testing.assert_array_equal(rows[:, :7], expected)
    whole = keras.layers.Hashing(64, output_mode="one_hot")(column("whole").astype(str).astype(object))
    np.testing.assert_array_equal(rows[:, 7:], np.array(whole))


@pytest.mark.parametrize(
    ("said", "keras_said"),
    [
        ({"encoding": "tokens", "length": 4}, {"output_mode": "int", "output_sequence_length": 4}),
        ({"encoding": "tokens", "length": 9, "ngrams": 2}, {"output_mode": "int", "output_sequence_length": 9}),
        ({"encoding": "multi_hot", "standardize": "lower"}, {"output_mode": "multi_hot"}),
        ({"encoding": "count", "split": "character", "standardize": None}, {"output_mode": "count"}),
        ({"encoding": "tf_idf", "max_tokens": 6}, {"output_mode": "tf_idf"}),
    ],
)
def test_texts_are_keras(table: Uploaded, said: dict[str, Any], keras_said: dict[str, Any]) -> None:
    rows, (fitted,) = encoded(table, {"column": "note", "max_tokens": 40, **said})
    options = {name: said[name] for name in ("standardize", "split", "ngrams") if name in said}
    is_tokens = said["encoding"] == "tokens"
    most = said.get("max_tokens", 40)
    layer = keras.layers.TextVectorization(most, pad_to_max_tokens=not is_tokens, **options, **keras_said)
    texts = np.array([text or "" for text in COLUMNS["note"]], object)
    layer.adapt(texts[:TRAINED])
    np.testing.assert_array_equal(rows, np.array(layer(texts), np.float32))
    assert fitted["vocabulary"] == [str(token) for token in layer.get_vocabulary(include_special_tokens=False)]
    if said["encoding"] == "tf_idf":
        weights = layer._lookup_layer.idf_weights.numpy()[1 : 1 + len(fitted["vocabulary"])]
        assert fitted["idf_weights"] == weights.tolist()


def test_training_texts_without_words_are_refused(tmp_path: Path) -> None:
    said = {"features": [{"column": "t", "encoding": "count"}], "split": {"validation": 0.25}}
    with refusal('column "t" have no words'):
        uploaded(
            csv_of({"t": ["!", "?", ".", "word"], "y": [1.5, 2.5, 3.5, 4.0]}),
            tmp_path,
            {"target": "y", "columns": {"t": {"type": "text"}}},
        ).prepared(said)


def test_numbers_that_float32_does_not_hold_are_refused(tmp_path: Path) -> None:
    huge = csv_of({"x": [1e200, -1e200, 1.0, 2.0], "y": [1.0, 2.0, 3.0, 4.0], "w": [1.0, 1.0, 1.0, 1e200]})
    table = uploaded(huge, tmp_path, {"target": "y"})
    for scaling in ("standard", "none"):  # the square of a number, and the number itself
        with refusal('column "x" are too large') as refused:
            table.prepared({"features": ["x"], "scaling": scaling})
        assert refused.value.pointer == "/dataset/features"
    range_alone = uploaded(csv_of({"x": [1.7e308, -1.7e308], "y": [1.0, 2.0]}), tmp_path, {"target": "y"})
    with refusal('column "x" are too large'):
        range_alone.prepared({"scaling": "unit"})
    with refusal("target are too large"):
        table.prepared({"features": ["y"], "target": "x"})
    with refusal("weights are too large"):
        table.prepared({"features": ["y"], "target": "y", "sample_weight": "w"})


def test_rows_are_left_out(table: Uploaded) -> None:
    said = {"features": ["x", "job"], "missing": {"number": "drop_row", "category": "drop_row"}, "split": {"test": 0.1}}
    prepared = table.prepared(said)
    kept = [place for place in range(ROWS) if COLUMNS["x"][place] is not None and COLUMNS["job"][place] is not None]
    targets = np.concatenate([prepared.arrays["training_target"], prepared.arrays["test_target"]])
    np.testing.assert_array_equal(targets[:, 0], np.array(COLUMNS["y"], np.float32)[kept])
    assert prepared.feature()["fill"] is None
    assert prepared.feature(1)["is_missing_refused"]


def test_numbers_that_are_encoded_as_categories_are_missed_as_categories_are(tmp_path: Path) -> None:
    rows = csv_of({"grade": [1.5, None, 2.5, 1.5], "y": [1.0, 2.0, 3.0, 4.0]})
    table = uploaded(rows, tmp_path, {"target": "y", "columns": {"grade": {"type": "number"}}})
    grade = {"column": "grade", "encoding": "one_hot"}
    for missing, kept in (("own", 4), ("drop_row", 3)):
        other = "mean" if missing == "drop_row" else "drop_row"
        said = {"name": "ds_test", "features": [grade], "missing": {"category": missing, "number": other}}
        prepared = table.prepared(said)
        assert len(prepared.training) == kept
        assert resolve(DatasetSpec.model_validate(said), table.facts).are_rows_known == (kept == 4)
        # With each grade its place, one for what is missing where it counts, and one for what is unknown.
        assert prepared.training.shape[1] == (4 if missing == "own" else 3)
        assert (prepared.training.sum(axis=1) == 1).all()


def test_what_results_tell_is_bounded(table: Uploaded) -> None:
    prepared = table.prepared({"features": [{"column": "job", "encoding": "one_hot"}]})
    told = {**prepared.fitted, "long": list(range(1000))}
    assert shortened(told) == {**told, "is_shortened": False}
    short = shortened(told, most_bytes=100)
    assert short["long"] is None
    assert short["is_shortened"] is True
    # Few values, each of which is long; and many columns with some values each.
    for much in ({"values": ["v" * 1_000] * 50}, {"columns": [{"values": ["v"] * 50}] * 200}):
        assert len(json.dumps(shortened(much, most_bytes=15_000))) < 15_000
    names = [str(number) * 100_000 for number in range(1, 20)]
    classes = {"classes": names, "warnings": [], "preprocessing": {"target": {"classes": names}}}
    assert len(json.dumps(data_told(classes))) < MOST_TOLD_BYTES
    assert data_told(classes)["classes"] is None
    assert target_names(classes) == [f"{name[:255]}…" for name in names]
    assert short["inputs"] == prepared.fitted["inputs"]
    assert math.isfinite(json.loads(json.dumps(short))["format"])
