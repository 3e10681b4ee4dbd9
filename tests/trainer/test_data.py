"""Rows: where they come from, how they are split, scaled and encoded."""

import gzip
import os
import pickle
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.datasets
from keras.src.backend import config as keras_config

from spec.datasets.built_in import BUILT_IN
from spec.datasets.choice import DatasetSpec
from spec.states import FailureCode
from spec.training.targets import Encoding
from spec.training.training import TrainingSpec
from worker.trainer.data import folders as data_folders
from worker.trainer.data.parts import Part
from worker.trainer.data.preparation import parts_of
from worker.trainer.data.prepared import PreparedData, PreparedDataSets, in_memory
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources.built_in import SOURCES
from worker.trainer.sources.origins import origin_of
from worker.trainer.sources.rows import RawRows


def training(**said: object) -> TrainingSpec:
    return TrainingSpec.model_validate({"loss": "mse", **said})


def load(name: str) -> RawRows:
    """The rows of a built-in data set."""
    return origin_of(name).load()


def prepared(dataset: dict[str, Any], encoding: Encoding = "classes", **said: object) -> PreparedData:
    return PreparedDataSets().get(DatasetSpec.model_validate(dataset), training(**said), encoding)


def test_every_built_in_has_a_source() -> None:
    assert set(SOURCES) == set(BUILT_IN)


@pytest.mark.parametrize("name", ["digits", "iris", "wine", "breast_cancer", "diabetes"])
def test_rows_of_scikit_learn_are_what_the_facts_promise(name: str) -> None:
    facts, rows = BUILT_IN[name], load(name)
    assert rows.features.shape == (facts.rows, *facts.input_shape)
    assert rows.columns == facts.columns
    assert facts.classes is None or set(rows.target) == set(range(facts.classes))
    bunch = getattr(sklearn.datasets, f"load_{name}")()
    order = np.arange(facts.rows) if name == "digits" else np.random.default_rng(0).permutation(facts.rows)
    np.testing.assert_array_equal(rows.features.reshape(facts.rows, -1), bunch.data[order])
    np.testing.assert_array_equal(rows.target, bunch.target[order])


@pytest.mark.fashion_mnist
def test_fashion_mnist_is_read_from_its_files() -> None:
    rows = load("fashion_mnist")
    assert rows.features.shape == (60_000, 28, 28)
    assert rows.test_features is not None
    assert rows.test_features.shape == (10_000, 28, 28)
    np.testing.assert_array_equal(np.bincount(rows.target), [6_000] * 10)
    np.testing.assert_array_equal(rows.target[:10], [9, 0, 0, 3, 0, 2, 7, 2, 5, 5])


def test_mnist_is_read_from_idx_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folders, "SYSTEM_FOLDER", tmp_path)
    images = np.arange(3 * 28 * 28).astype("uint8").reshape(3, 28, 28)
    labels = np.array([7, 0, 9], "uint8")
    (tmp_path / "mnist").mkdir()
    for part in ("train", "t10k"):
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            header = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
            (tmp_path / "mnist" / f"{part}-{kind}-ubyte.gz").write_bytes(gzip.compress(header + array.tobytes()))
    rows = load("mnist")
    np.testing.assert_array_equal(rows.features, images)
    np.testing.assert_array_equal(rows.target, labels)
    np.testing.assert_array_equal(rows.test_features, images)


def cifar_records(*labels: tuple[int, ...]) -> tuple[bytes, np.ndarray]:
    """A file of the binary version with these labels, and its images."""
    channels = np.random.default_rng(0).integers(0, 256, size=(len(labels), 3, 32, 32), dtype="uint8")
    records = [bytes(told) + image.tobytes() for told, image in zip(labels, channels, strict=True)]
    return b"".join(records), channels.transpose(0, 2, 3, 1)


def test_cifar_is_read_from_its_binary_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folders, "SYSTEM_FOLDER", tmp_path)
    folder, hundred = tmp_path / "cifar-10-batches-bin", tmp_path / "cifar-100-binary"
    folder.mkdir()
    hundred.mkdir()
    for number, name in enumerate([*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]):
        (folder / name).write_bytes(cifar_records((number,), (9,))[0])
    coarse_and_fine, images = cifar_records((0, 99), (19, 1))
    for name in ("train.bin", "test.bin"):
        (hundred / name).write_bytes(coarse_and_fine)
    ten = load("cifar10")
    assert ten.features.shape == (10, 32, 32, 3)
    np.testing.assert_array_equal(ten.features[4:6], images)
    np.testing.assert_array_equal(ten.target, [0, 9, 1, 9, 2, 9, 3, 9, 4, 9])
    np.testing.assert_array_equal(ten.test_target, [5, 9])
    rows = load("cifar100")
    np.testing.assert_array_equal(rows.features, images)
    np.testing.assert_array_equal(rows.target, [99, 1])
    (hundred / "test.bin").write_bytes(coarse_and_fine[:-1])
    with pytest.raises(DataUnavailable, match="damaged"):
        load("cifar100")


class Planted:
    """Unpickled, it makes a folder."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.mark),)


UNPICKLED: list[object] = []
"""What was looked up for a pickle in this process, from the first test on that asks for it."""


@pytest.fixture(scope="module")
def unpickled() -> list[object]:
    """Everything that a pickle names in this process from now on."""
    sys.addaudithook(lambda event, details: UNPICKLED.append(details) if event == "pickle.find_class" else None)
    return UNPICKLED


PICKLED = {
    "cifar10": ("cifar-10-batches-py", [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]),
    "cifar100": ("cifar-100-python", ["train", "test"]),
}


@pytest.mark.parametrize("name", PICKLED)
@pytest.mark.parametrize("is_in_cache", [False, True])
def test_a_planted_pickle_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unpickled: list[object], name: str, is_in_cache: bool
) -> None:
    pickled, files = PICKLED[name]
    system, cache, mark = tmp_path / "system", tmp_path / "keras", tmp_path / "mark"
    monkeypatch.setattr(data_folders, "SYSTEM_FOLDER", system)
    monkeypatch.setenv("KERAS_HOME", str(cache))
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(cache))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nobody is there to download from
    folder = cache / "datasets" / f"{pickled}-target" / pickled if is_in_cache else system / pickled
    folder.mkdir(parents=True)
    flat = np.zeros((2, 3072), np.uint8)
    for file in files:
        content = {b"data": flat, b"labels": [3, 4], b"fine_labels": [3, 4], b"planted": Planted(mark)}
        (folder / file).write_bytes(pickle.dumps(content))
    before = len(unpickled)
    with pytest.raises(DataUnavailable) as caught:
        load(name)
    assert not mark.exists()
    assert unpickled[before:] == []
    assert caught.value.code is FailureCode.DATA_ERROR
    assert caught.value.pointer == "/dataset"
    assert "pickle can run code" in caught.value.message
    assert str(tmp_path) not in caught.value.message
    pickle.loads((folder / files[0]).read_bytes())  # noqa: S301 -- our own, to see that it could have
    assert mark.exists(), "what was planted would have run"


@pytest.mark.parametrize("variable", ["KERAS_HOME", "HOME"])
@pytest.mark.parametrize("name", [".", "missing"])
def test_the_folder_of_keras_is_the_one_that_keras_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, name: str
) -> None:
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv(variable, str(tmp_path / name))
    ours = data_folders.keras_folder()
    # Keras decides when it is imported: its module runs once more, on its own.
    assert str(ours) == f"{runpy.run_path(str(keras_config.__file__))['_KERAS_DIR']}/datasets"


def test_california_housing_is_read_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folders, "SYSTEM_FOLDER", tmp_path)
    features, target = np.arange(24.0).reshape(3, 8), np.array([1e5, 2e5, 3e5])
    np.savez(tmp_path / "california_housing.npz", x=features, y=target)
    rows = load("california_housing")
    order = np.random.default_rng(0).permutation(3)
    np.testing.assert_array_equal(rows.features, features[order])
    np.testing.assert_array_equal(rows.target, target[order])
    assert rows.columns == BUILT_IN["california_housing"].columns


def test_damaged_files_are_a_fault_of_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folders, "SYSTEM_FOLDER", tmp_path)
    (tmp_path / "california_housing.npz").write_bytes(b"no archive")
    with pytest.raises(DataUnavailable) as caught:
        load("california_housing")
    assert caught.value.code is FailureCode.DATA_ERROR
    assert caught.value.pointer == "/dataset"
    assert "california_housing" in caught.value.message


def test_rows_that_differ_from_the_facts_are_a_fault_of_the_data() -> None:
    raw = RawRows(np.zeros((3, 4)), np.zeros(3), columns=BUILT_IN["iris"].columns)
    with pytest.raises(DataUnavailable):
        parts_of(raw, DatasetSpec(name="iris"), BUILT_IN["iris"], training(), "classes")


def test_a_validation_split_takes_the_last_rows_as_fit_does() -> None:
    data = prepared({"name": "digits"}, validation_split=0.2)
    digits = sklearn.datasets.load_digits()
    assert data.counts == (1437, 360, 0)
    assert data.validation is not None
    np.testing.assert_array_equal(data.training.features, (digits.images[:1437] / 16).astype("float32"))
    np.testing.assert_array_equal(data.validation.features, (digits.images[1437:] / 16).astype("float32"))
    np.testing.assert_array_equal(data.validation.target, digits.target[1437:])


@pytest.mark.fashion_mnist
def test_images_are_scaled_as_at_home() -> None:
    data = prepared({"name": "fashion_mnist"}, validation_split=0.1)
    raw = load("fashion_mnist")
    assert raw.test_features is not None
    assert data.test is not None
    assert data.counts == (54_000, 6_000, 10_000)
    assert data.training.features.dtype == np.float32
    np.testing.assert_array_equal(data.training.features[:500], (raw.features[:500] / 255.0).astype("float32"))
    np.testing.assert_array_equal(data.test.features[:500], (raw.test_features[:500] / 255.0).astype("float32"))


def test_tables_are_standardized_by_the_training_rows_alone() -> None:
    data = prepared({"name": "wine"}, validation_split=0.25)
    raw = load("wine")
    train = raw.features[: data.counts.train]
    expected = ((raw.features - train.mean(axis=0)) / train.std(axis=0)).astype("float32")
    assert data.validation is not None
    np.testing.assert_array_equal(np.concatenate([data.training.features, data.validation.features]), expected)


def test_a_feature_that_never_varies_is_not_divided() -> None:
    data = prepared({"name": "digits", "scaling": "standard"})
    pixels = sklearn.datasets.load_digits().images
    assert pixels[:, 0, 0].std() == 0
    assert not data.training.features[:, 0, 0].any()
    deviation = np.where(pixels.std(axis=0) == 0, 1, pixels.std(axis=0))
    np.testing.assert_array_equal(
        data.training.features, ((pixels - pixels.mean(axis=0)) / deviation).astype("float32")
    )


def test_unit_scaling_of_a_table_and_none() -> None:
    features = load("iris").features
    data = prepared({"name": "iris", "scaling": "unit"})
    spread = features.max(axis=0) - features.min(axis=0)
    np.testing.assert_array_equal(
        data.training.features, ((features - features.min(axis=0)) / spread).astype("float32")
    )
    np.testing.assert_array_equal(
        prepared({"name": "iris", "scaling": "none"}).training.features, features.astype("float32")
    )


def test_a_split_holds_back_the_last_rows_in_a_drawn_order() -> None:
    split = {"validation": 0.2, "test": 0.1, "seed": 9}
    data = prepared({"name": "iris", "scaling": "none", "split": split})
    raw = load("iris")
    order = np.random.default_rng(9).permutation(150)
    assert data.counts == (105, 30, 15)
    assert data.validation is not None
    assert data.test is not None
    parts = [data.training.features, data.validation.features, data.test.features]
    np.testing.assert_array_equal(np.concatenate(parts), raw.features[order].astype("float32"))
    np.testing.assert_array_equal(data.test.target, raw.target[order][135:])


def test_columns_and_another_target() -> None:
    dataset = {"name": "iris", "features": ["petal width (cm)", "target"], "target": "petal length (cm)"}
    data = prepared({**dataset, "scaling": "none"}, "number")
    raw = load("iris")
    assert data.training.features.shape[1:] == (2,)
    np.testing.assert_array_equal(data.training.features[:, 0], raw.features[:, 3].astype("float32"))
    np.testing.assert_array_equal(data.training.features[:, 1], raw.target.astype("float32"))
    np.testing.assert_array_equal(data.training.target, raw.features[:, 2:3].astype("float32"))


def test_encodings() -> None:
    target = load("iris").target
    np.testing.assert_array_equal(prepared({"name": "iris"}).training.target, target)
    np.testing.assert_array_equal(prepared({"name": "iris"}, "one_hot").training.target, np.eye(3)[target])
    numbers = prepared({"name": "iris"}, "number").training.target
    assert numbers.shape == (150, 1)
    assert numbers.dtype == np.float32


def test_class_weights_are_a_weight_a_row() -> None:
    weights = prepared({"name": "iris"}, class_weight={"0": 2.0, "2": 0.0}).training.weights
    np.testing.assert_array_equal(weights, np.array([2.0, 1.0, 0.0])[load("iris").target])
    assert prepared({"name": "iris"}).training.weights is None


def test_the_same_rows_are_prepared_once_and_others_anew() -> None:
    data_sets = PreparedDataSets()
    first = data_sets.get("iris", training(), "classes")
    assert data_sets.get("iris", training(epochs=7), "classes") is first
    assert data_sets.get("iris", training(validation_split=0.1), "classes") is not first
    assert data_sets.get("iris", training(class_weight={"1": 2.0}), "classes") is not first


# --- parts of several inputs --------------------------------------------------------------------------------------


def test_parts_are_put_together_in_the_order_of_the_inputs() -> None:
    """Eleven of them: by their names alone, the last would come third."""

    def parts(kind: str, rows: int) -> list[Part]:
        def part(name: str, value: float, *shape: int) -> Part:
            dtype = np.dtype(np.float32)
            return Part(
                f"{kind}_{name}",
                (rows, *shape),
                dtype,
                lambda some: np.full((some.stop - some.start, *shape), value, dtype),
            )

        inputs = [part(f"features_{number}", number, number + 1) for number in range(11)]
        return [*reversed(inputs), part("weights", 0.5), part("target", 7, 2)]

    data = in_memory([*parts("test", 3), *parts("training", 5)])
    assert data.validation is None
    assert data.test is not None
    assert data.counts == (5, 0, 3)
    for rows in (data.training, data.test):
        assert [one.shape for one in rows.inputs] == [(len(rows), number + 1) for number in range(11)]
        assert [float(one.max()) for one in rows.inputs] == list(range(11))
        assert [array is rows.target for array in rows.arrays].index(True) == 11
        assert rows.arrays[-1] is rows.weights
        assert rows.unweighted == (*rows.inputs, rows.target)
    assert data.size_bytes == 4 * 8 * (66 + 1 + 2)
