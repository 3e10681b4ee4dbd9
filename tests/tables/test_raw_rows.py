"""Models for raw rows: they encode them as the rows of the training were encoded, and are checked elsewhere."""

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.tables.tables import Uploaded, csv_of, uploaded
from worker.trainer.data.fitted import Fitted
from worker.trainer.network.precision import computing_in
from worker.trainer.raw_rows.checking import Checker, Expected
from worker.trainer.raw_rows.leaving import SERVING_NAME, Left, RawRows, leave
from worker.trainer.raw_rows.preprocessing_file import EXAMPLE_NAME, PREPROCESSING_NAME
from worker.trainer.raw_rows.raw_inputs import named_inputs, values_of
from worker.trainer.raw_rows.serving_model import MOST_INPUTS, serving_model
from worker.trainer.results.artifacts import pack_model
from worker.trainer.sources.uploaded import UploadedData

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras saves so

ROWS = 120
GENERATOR = np.random.default_rng(3)


def with_gaps(values: list[Any], every: int) -> list[Any]:
    return [None if place % every == every - 1 else value for place, value in enumerate(values)]


TABLE: dict[str, list[Any]] = {
    "age": with_gaps(GENERATOR.normal(40, 13, ROWS).tolist(), 7),
    "tiny/deviation": (1e-9 * GENERATOR.normal(size=ROWS)).tolist(),
    "grade": with_gaps([float(one) for one in GENERATOR.integers(1, 6, ROWS)], 11),
    "job (of all)": with_gaps([["clerk", "smith", "[UNK]", "nurse"][one] for one in GENERATOR.integers(0, 4, ROWS)], 9),
    "hired": with_gaps([f"20{one:02}-0{1 + one % 9}-11" for one in GENERATOR.integers(1, 25, ROWS)], 5),
    "member": with_gaps([["yes", "no"][one] for one in GENERATOR.integers(0, 2, ROWS)], 13),
    "note": with_gaps([" ".join(f"word{one}," for one in some) for some in GENERATOR.integers(0, 30, (ROWS, 4))], 17),
    "y": GENERATOR.normal(size=ROWS).tolist(),
}
DESCRIPTION = {"target": "y", "columns": {"note": {"type": "text"}, "job (of all)": {"type": "category"}}}
JOBS: dict[str, dict[str, Any]] = {
    "all encodings": {
        "features": [
            {"column": "job (of all)", "encoding": "one_hot"},
            "age",
            {"column": "hired", "encoding": "date_parts", "parts": ["year", "weekday", "timestamp"]},
            {"column": "grade", "encoding": "one_hot", "max_categories": 3},
            "tiny/deviation",
            {"column": "member", "encoding": "boolean"},
            {"column": "job (of all)", "encoding": "ordinal"},
            {"column": "job (of all)", "encoding": "hashed", "bins": 5},
            {"column": "grade", "encoding": "ordinal"},
            {"column": "note", "encoding": "tf_idf", "max_tokens": 20},
            {"column": "note", "encoding": "count", "max_tokens": 25, "ngrams": 2},
            {"column": "note", "encoding": "multi_hot", "max_tokens": 10, "split": "character"},
            {"column": "grade", "encoding": "hashed", "bins": 3},
        ],
        "missing": {"indicator": True},
    },
    "filled by the commonest": {
        "features": [
            "age",
            "member",
            "job (of all)",
            {"column": "grade", "encoding": "one_hot", "unknown": "zeros", "min_count": 20},
            {"column": "job (of all)", "encoding": "hashed", "bins": 5},
            {"column": "hired", "encoding": "date_parts", "parts": ["month"], "scaling": "unit"},
        ],
        "missing": {"number": "most_common", "category": "most_common"},
        "scaling": "unit",
    },
    "tokens": {"features": [{"column": "note", "encoding": "tokens", "max_tokens": 12, "length": 6}]},
    "one number": {"features": ["age"]},
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Uploaded:
    return uploaded(csv_of(TABLE), tmp_path_factory.mktemp("table"), DESCRIPTION)


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    made = Checker()
    made.start()
    yield made
    made.close()


def rows_of(data: Uploaded, dataset: Mapping[str, Any]) -> tuple[RawRows, np.ndarray]:
    """The rows of a job that trains on all of them, and what they are encoded as."""
    prepared = data.prepared(dataset)
    found = UploadedData.of(data.inputs())
    assert found is not None
    return RawRows(found, data.facts, prepared.fitted, prepared.told["sample"]), prepared.training


def network_of(shape: tuple[int, ...], *, reads_tokens: bool = False) -> Any:  # noqa: ANN401 -- a Keras model
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Flatten()] if len(shape) > 1 else []
    if reads_tokens:
        layers = [keras.layers.Embedding(12, 4, mask_zero=True), keras.layers.LSTM(5)]
    return keras.Sequential([keras.Input(shape), *layers, keras.layers.Dense(3, "relu"), keras.layers.Dense(1)])


def left(rows: RawRows, features: np.ndarray, folder: Path, checker: Checker) -> tuple[Left, Any]:
    network = network_of(features.shape[1:], reads_tokens='"encoding": "tokens"' in json.dumps(rows.fitted))
    return leave(network, rows, folder, checker, is_on_gpu=False, is_awaited=lambda: True), network


@pytest.mark.parametrize("job", JOBS)
def test_raw_rows_are_encoded_as_for_the_training(job: str, table: Uploaded, tmp_path: Path, checker: Checker) -> None:
    rows, features = rows_of(table, JOBS[job])
    told, network = left(rows, features, tmp_path, checker)
    assert told.reason is None
    assert [artifact.name for artifact in told.artifacts] == [SERVING_NAME, PREPROCESSING_NAME, EXAMPLE_NAME]
    model = keras.models.load_model(tmp_path / SERVING_NAME, safe_mode=True)
    opened, fitted = rows.data.main.opened(), Fitted.model_validate(rows.fitted)
    raw = {name: values_of(one, fitted, opened, np.arange(ROWS)) for name, one in named_inputs(fitted, opened).items()}
    said = json.loads((tmp_path / PREPROCESSING_NAME).read_text())
    assert [one["name"] for one in said["serving_inputs"]] == list(raw)
    tensors = {name: keras.ops.convert_to_tensor(np.array(values).reshape(ROWS, -1)) for name, values in raw.items()}
    batches = tf.data.Dataset.from_tensor_slices(tensors).batch(32)
    (inner,) = model.layers[-1]._inbound_nodes[-1].input_tensors
    given = keras.Model(model.input, inner).predict(batches, verbose=0)
    np.testing.assert_array_equal(given, features)
    if job == "tokens":
        assert not features[:, -1].any(), "no place is masked"
    if job == "all encodings":
        example = [sys.executable, "-I", EXAMPLE_NAME]
        done = subprocess.run(example, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert re.search(r"\[-?\d+\.\d+", done.stdout)
    np.testing.assert_allclose(
        model.predict(batches, verbose=0), network.predict(features, verbose=0), rtol=1e-6, atol=1e-6
    )


def test_a_network_in_bfloat16_gets_one(table: Uploaded, tmp_path: Path, checker: Checker) -> None:
    rows, features = rows_of(table, JOBS["one number"])
    with computing_in("mixed_bfloat16"):
        told, network = left(rows, features, tmp_path, checker)
    assert network.compute_dtype == "bfloat16"
    assert told.reason is None


def test_every_way_to_write_a_boolean_is_understood(tmp_path: Path, checker: Checker) -> None:
    columns = {"member": ["Yes", "yes", "no", "NO"], "y": [1.0, 2.0, 3.0, 4.0]}
    data = uploaded(csv_of(columns), tmp_path, {"target": "y", "columns": {"member": {"type": "boolean"}}})
    asked = {"inputs": {name: [{"column": "member", "encoding": name}] for name in ("one_hot", "ordinal")}}
    prepared, found = data.prepared(asked), UploadedData.of(data.inputs())
    assert found is not None
    keras.utils.set_random_seed(1)
    entries = [keras.Input(one["shape"], name=one["name"]) for one in prepared.fitted["inputs"]]
    network = keras.Model(entries, keras.layers.Dense(1)(keras.layers.Concatenate()(entries)))
    rows = RawRows(found, data.facts, prepared.fitted, prepared.told["sample"])
    told = leave(network, rows, tmp_path, checker, is_on_gpu=False, is_awaited=lambda: True)
    assert told.reason is None
    model = keras.models.load_model(tmp_path / SERVING_NAME, safe_mode=True)
    given = np.asarray(model({"member": keras.ops.convert_to_tensor([[word] for word in columns["member"]])}))
    features = [prepared.arrays[f"training_features_{place}"] for place in range(2)]
    np.testing.assert_allclose(given, np.asarray(network(features)), rtol=1e-6)


def test_arrays_and_pictures(tmp_path: Path, checker: Checker) -> None:
    pixels, numbers = GENERATOR.integers(0, 256, (40, 4, 5), np.uint8), GENERATOR.normal(size=(40, 6))
    arrays = io.BytesIO()
    np.savez(arrays, x=pixels, v=numbers, y=np.arange(40.0))
    data = uploaded(arrays.getvalue(), tmp_path, {"target": "y"})
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        for place, picture in enumerate(pixels):
            with archive.open(f"{'ab'[place % 2]}/{place}.png", "w") as file:
                Image.fromarray(picture).save(file, "PNG")
    pictures = uploaded(zipped.getvalue(), tmp_path)
    for place, (source, dataset) in enumerate(
        (
            (data, {"features": ["x"]}),
            (data, {"features": ["v"]}),
            (data, {"features": [{"column": "x", "encoding": "number", "scaling": "standard"}]}),
            (pictures, {"target": "class", "image": {"size": [6, 6], "fit": "pad"}}),
        )
    ):
        rows, features = rows_of(source, dataset)
        folder = tmp_path / str(place)
        folder.mkdir()
        assert left(rows, features, folder, checker)[0].reason is None


def test_a_network_that_augments_gives_the_same_answer_twice(tmp_path: Path, checker: Checker) -> None:
    """Of all layers Keras's that augment do so in a bare call, too, unless the file says otherwise."""
    arrays = io.BytesIO()
    np.savez(arrays, x=GENERATOR.integers(0, 256, (40, 4, 5, 3), np.uint8), y=np.arange(40.0))
    rows, features = rows_of(uploaded(arrays.getvalue(), tmp_path, {"target": "y"}), {"features": ["x"]})
    network = keras.Sequential(
        [keras.Input(features.shape[1:]), keras.layers.RandomFlip(), *network_of((4, 5, 3)).layers]
    )
    assert not np.array_equal(network(features), network(features))
    told = leave(network, rows, tmp_path, checker, is_on_gpu=False, is_awaited=lambda: True)
    assert told.reason is None
    model = keras.models.load_model(tmp_path / SERVING_NAME, safe_mode=True)
    opened, fitted = rows.data.main.opened(), Fitted.model_validate(rows.fitted)
    raw = {name: values_of(one, fitted, opened, np.arange(40)) for name, one in named_inputs(fitted, opened).items()}
    first, second = (np.asarray(model(raw)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(first, network.predict(features, verbose=0), rtol=1e-5, atol=1e-6)


def test_a_model_that_gives_something_else_is_not_left(table: Uploaded, tmp_path: Path, checker: Checker) -> None:
    rows, features = rows_of(table, JOBS["one number"])
    network = network_of(features.shape[1:])
    opened, fitted = rows.data.main.opened(), Fitted.model_validate(rows.fitted)
    serving = serving_model(network, fitted, opened)
    pack_model(serving.model, tmp_path / SERVING_NAME)
    places = np.arange(5)
    raw = {name: values_of(one, fitted, opened, places) for name, one in serving.inputs.items()}
    outputs = np.asarray(network(features[:5], training=False))
    good = Expected(raw, [features[:5]], outputs, 1e-6)
    assert checker.trouble(tmp_path, good, lambda: True) is None
    other = np.nextafter(features[:5], np.float32(9))
    for wrong, word in (
        (Expected(raw, [other], outputs, 1e-6), "encoded"),
        (Expected(raw, [features[:5]], outputs + 1, 1e-6), "outputs"),
        (Expected({}, [features[:5]], outputs, 1e-6), "load"),
    ):
        assert word in str(checker.trouble(tmp_path, wrong, lambda: True))
    (tmp_path / SERVING_NAME).write_bytes(b"no model")
    assert "load" in str(checker.trouble(tmp_path, good, lambda: True))
    assert checker.trouble(tmp_path, good, lambda: False) is not None


def test_a_machine_that_starts_no_process_leaves_none(
    table: Uploaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere"))
    checker = Checker()
    checker.start()
    told, _ = left(*rows_of(table, JOBS["one number"]), tmp_path, checker)
    assert [artifact.name for artifact in told.artifacts] == [PREPROCESSING_NAME]
    assert told.reason is not None


def test_a_network_with_too_many_inputs_gets_none(tmp_path: Path, checker: Checker) -> None:
    columns = {f"c{number}": [1.0, 2.0, 4.0] for number in range(MOST_INPUTS + 1)}
    data = uploaded(csv_of({**columns, "y": [1.0, 2.0, 3.0]}), tmp_path, {"target": "y"})
    told, _ = left(*rows_of(data, {}), tmp_path, checker)
    assert [artifact.name for artifact in told.artifacts] == [PREPROCESSING_NAME]
    assert "501 inputs" in str(told.reason)
