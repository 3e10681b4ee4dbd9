"""Users' files over HTTP, from the upload to a network that has learned something."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest

from tests.data import files
from tests.services.service import running_service

CLASSES: dict[str, Any] = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
PICTURES: list[dict[str, Any]] = [{"type": "Flatten"}]


def dense(units: int, activation: str | None = None, **more: object) -> dict[str, Any]:
    return {"type": "Dense", "units": units, **({"activation": activation} if activation else {}), **more}


def classifier(classes: int) -> list[dict[str, Any]]:
    return [dense(16, "relu"), dense(classes, "softmax")]


@dataclass(frozen=True)
class Case:
    """A job on a file.

    Attributes:
        content: Makes the file.
        description: What is said of it.
        dataset: What the job says of the data set, but for its name.
        layers: Of the network.
        training: How it is trained.
        at_least: What the network must achieve on the rows that were held back: the accuracy, the exact matches or R².
        part: Which rows these are.
        warnings: That the results have.
    """

    content: Callable[[], bytes]
    description: Mapping[str, Any]
    dataset: Mapping[str, Any]
    layers: Sequence[Mapping[str, Any]]
    training: Mapping[str, Any]
    at_least: float
    part: str = "validation"
    warnings: frozenset[str] = frozenset()

    def job(self, dataset_id: str) -> dict[str, Any]:
        usual = {"optimizer": {"type": "Adam", "learning_rate": 0.02}, "epochs": 15, "seed": 3}
        return {
            "dataset": {"name": dataset_id, **self.dataset},
            "network": {"layers": list(self.layers)},
            "training": {**usual, **self.training},
        }


HELD = {"validation": 0.25, "seed": 1}
BARE = {"dialect": {"header": False}}


def bare(target: str) -> dict[str, Any]:
    """Of a file without names, the last column of which has the classes."""
    return {**BARE, "target": target, "columns": {target: {"type": "category"}}}


CASES: dict[str, Case] = {
    # Its first line counts rows and columns and names the classes: as many fields as a row has.
    "iris": Case(
        partial(files.scikit_learns, "iris.csv"),
        {"target": "virginica", "columns": {"virginica": {"type": "category"}}},
        {"split": {**HELD, "stratify": "virginica"}},
        classifier(3),
        CLASSES,
        at_least=0.9,
    ),
    "wine": Case(
        lambda: files.without_first_line(files.scikit_learns("wine_data.csv")),
        bare("column_14"),
        {"split": {**HELD, "stratify": "column_14"}},
        classifier(3),
        CLASSES,
        at_least=0.9,
    ),
    "breast_cancer": Case(
        lambda: files.without_first_line(files.scikit_learns("breast_cancer.csv")),
        bare("column_31"),
        {"split": {**HELD, "stratify": "column_31"}},
        [dense(16, "relu"), dense(1, "sigmoid")],
        {"loss": "binary_crossentropy", "class_weight": "balanced"},
        at_least=0.93,
    ),
    "digits": Case(
        partial(files.scikit_learns, "digits.csv.gz"),
        bare("column_65"),
        {"split": HELD, "scaling": "unit"},
        classifier(10),
        CLASSES,
        at_least=0.9,
        warnings=frozenset({"constant_column"}),
    ),
    "diabetes": Case(
        files.diabetes,
        {},
        {"target": "progression", "split": HELD},
        [dense(1, kernel_regularizer={"type": "L2", "l2": 0.1}, bias_initializer={"type": "Constant", "value": 150})],
        {"loss": "mse", "epochs": 40, "optimizer": {"type": "Adam", "learning_rate": 0.5}},
        at_least=0.35,
    ),
    "titanic": Case(
        files.passengers,
        {"columns": {"Survived": {"type": "category"}, "Pclass": {"type": "category"}}},
        {
            "target": "Survived",
            "features": ["Pclass", "Sex", "Age", "Fare", "Embarked"],
            "missing": {"number": "median", "indicator": True},
            "split": {**HELD, "stratify": "Survived"},
        },
        classifier(2),
        CLASSES,
        at_least=0.85,
    ),
    "reviews": Case(
        files.reviews,
        {"columns": {"review": {"type": "text"}}},
        {
            "target": "opinion",
            "features": [{"column": "review", "encoding": "multi_hot", "max_tokens": 40}],
            "split": {**HELD, "stratify": "opinion"},
        },
        classifier(2),
        CLASSES,
        at_least=0.85,
    ),
    "reviews word by word": Case(
        files.reviews,
        {"columns": {"review": {"type": "text"}}},
        {
            "target": "opinion",
            "features": [{"column": "review", "encoding": "tokens", "max_tokens": 40, "length": 14}],
            "split": {**HELD, "stratify": "opinion"},
        },
        [
            {"type": "Embedding", "input_dim": 40, "output_dim": 4, "mask_zero": True},
            {"type": "LSTM", "units": 6},
            *classifier(2),
        ],
        CLASSES,
        at_least=0.85,
    ),
    "series": Case(
        files.series,
        {},
        {"target": {"column": "y", "type": "classes"}, "split": HELD},
        [{"type": "GRU", "units": 8}, dense(2, "softmax")],
        CLASSES,
        at_least=0.85,
    ),
    "days": Case(
        files.days,
        {},
        {
            "target": "sold",
            "features": [
                "rain",
                {"column": "day", "encoding": "date_parts", "parts": ["month", "weekday"]},
            ],
            "split": {"test": 0.2, "time": "day"},
        },
        [dense(32, "relu"), dense(1)],
        {"loss": "mse", "epochs": 60},
        at_least=0.8,
        part="test",
    ),
    "letters": Case(
        files.letters,
        {},
        {"target": ["urgent", "long", "angry"], "split": HELD},
        [dense(32, "relu"), dense(3, "sigmoid")],
        {"loss": "binary_crossentropy", "epochs": 25},
        at_least=0.8,
    ),
    "signs": Case(
        files.signs,
        {},
        {
            "target": "kind",
            "inputs": {"picture": ["image"], "table": ["degrees"]},
            "augment": {"picture": [{"type": "RandomBrightness", "factor": 0.05}]},
            "split": HELD,
        },
        [
            {"type": "Reshape", "target_shape": [8, 8, 1], "inputs": ["picture"], "name": "pixels"},
            {"type": "Conv2D", "filters": 4, "kernel_size": [8, 1], "activation": "relu"},
            {"type": "GlobalMaxPooling2D", "name": "upright"},
            {"type": "Conv2D", "filters": 4, "kernel_size": [1, 8], "activation": "relu", "inputs": ["pixels"]},
            {"type": "GlobalMaxPooling2D", "name": "lying"},
            {"type": "Concatenate", "inputs": ["upright", "lying", "table"]},
            *classifier(4),
        ],
        CLASSES,
        at_least=0.85,
    ),
    "garments as pictures": Case(
        partial(files.garments_as_pictures, 2_000),
        {},
        {"split": HELD},
        [*PICTURES, *classifier(10)],
        {**CLASSES, "optimizer": {"type": "Adam", "learning_rate": 0.003}},
        at_least=0.75,
    ),
    "garments as Parquet": Case(
        partial(files.garments_as_parquet, 2_000),
        {},
        {"target": "garment", "scaling": "unit", "split": HELD},
        classifier(10),
        {**CLASSES, "optimizer": {"type": "Adam", "learning_rate": 0.003}},
        at_least=0.75,
        warnings=frozenset({"constant_column", "no_serving_model"}),
    ),
}


@dataclass(frozen=True)
class Trained:
    """What became of a file.

    Attributes:
        dataset: What was read.
        results: Of its job.
        epochs: The metrics of each of its epochs.
        artifacts: The names of its files.
    """

    dataset: dict[str, Any]
    results: dict[str, Any]
    epochs: list[dict[str, float]]
    artifacts: set[str]


@dataclass(frozen=True)
class Trainer:
    """Sends files and trains on them."""

    client: httpx.Client

    def train(self, case: Case) -> Trained:
        """From the file to the results."""
        dataset = self.read(case.content(), case.description)
        return self.finish(dataset, case.job(dataset["id"]))

    def read(self, content: bytes, description: Mapping[str, Any]) -> dict[str, Any]:
        """A data set, once it has been read."""
        form = {"description": (None, json.dumps(description)), "file": ("file", content)}
        answer = self.client.post("/v1/datasets", files=form)
        assert answer.status_code == 201, answer.text
        told = self.client.get(answer.headers["Location"], params={"wait_seconds": 60}).raise_for_status().json()
        assert told["status"] == "ready", told["error"]
        return told

    def finish(self, dataset: dict[str, Any], job: Mapping[str, Any]) -> Trained:
        """What a job makes of it."""
        answer = self.client.post("/v1/jobs", json=job)
        assert answer.status_code == 201, answer.text
        path = answer.headers["Location"]
        while (results := self.client.get(f"{path}/results", params={"wait_seconds": 60}).json())[
            "object"
        ] != "results":
            pass
        assert results["status"] == "succeeded", results["error"]
        rows = self.client.get(f"{path}/metrics", params={"limit": 1000}).json()["data"]
        listed = self.client.get(f"{path}/artifacts").json()["data"]
        return Trained(dataset, results, [row["metrics"] for row in rows], {one["name"] for one in listed})


@pytest.fixture(scope="module")
def trainer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trainer]:
    """A service with a worker, for all files."""
    with (
        running_service(tmp_path_factory.mktemp("home")) as address,
        httpx.Client(base_url=address, timeout=120) as client,
    ):
        yield Trainer(client)


@pytest.fixture(scope="module")
def trainings(request: pytest.FixtureRequest, trainer: Trainer) -> Iterator[Mapping[str, Future[Trained]]]:
    """Those of the cases that are asked for: one file is read while another one is trained on."""
    asked = [name for name in CASES if any(item.name.endswith(f"[{name}]") for item in request.session.items)]
    with ThreadPoolExecutor(3) as threads:
        yield {name: threads.submit(trainer.train, CASES[name]) for name in asked}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.fashion_mnist] if "garments" in name else []) for name in CASES]
)
def test_a_file_is_learned_from(trainings: Mapping[str, Future[Trained]], name: str) -> None:
    case, trained = CASES[name], trainings[name].result()
    found = trained.results["evaluation"][case.part]
    usual = found["baseline"]
    score = next(score for score in ("r2", "exact_match", "accuracy") if score in found)
    assert found[score] >= case.at_least, found
    # The baseline's R² is 0, or below on other rows than its mean is of.
    assert usual.get(score, 0) < case.at_least - 0.25, usual
    if score == "r2":
        assert found["mean_absolute_error"] < 0.8 * usual["mean_absolute_error"]
    assert {warning["code"] for warning in trained.results["data"]["warnings"]} == case.warnings
    assert "preprocessing.json" in trained.artifacts
    assert ("serving.keras" in trained.artifacts) is ("no_serving_model" not in case.warnings)


def test_csv_and_parquet_give_the_same_job_to_the_bit(trainer: Trainer) -> None:
    features = ["ratio", "count", "town", "member", {"column": "since", "encoding": "date_parts"}]
    said = {"target": "kind", "features": features, "missing": {"indicator": True}, "split": HELD}
    by_format: list[Trained] = []
    for content, types in zip(files.anything(), ({"town": {"type": "category"}}, {}), strict=True):
        case = Case(
            lambda content=content: content, {"columns": types}, said, classifier(3), {**CLASSES, "epochs": 3}, 0
        )
        by_format.append(trainer.train(case))
    csv, parquet = by_format
    assert (csv.dataset["format"], parquet.dataset["format"]) == ("csv", "parquet")
    assert csv.epochs == parquet.epochs
    assert len(csv.epochs) == 3
    for told in ("stored_metrics", "evaluation", "data"):
        assert csv.results[told] == parquet.results[told]


def test_digits_are_augmented_in_training_alone(trainer: Trainer) -> None:
    layers = [{"type": "Flatten"}, dense(10, "softmax")]
    body = {"network": {"layers": layers}, "training": {**CLASSES, "epochs": 2, "validation_split": 0.2, "seed": 4}}
    said = {"name": "digits", "augment": [{"type": "RandomTranslation", "height_factor": 0.2, "width_factor": 0.2}]}
    trained = [trainer.finish({}, {**body, "dataset": said}) for said in ("digits", said, said)]
    plain, augmented, again = trained
    assert augmented.epochs == again.epochs
    # Digits that are shifted are harder to read than those that are not.
    assert augmented.epochs[-1]["loss"] > max(plain.epochs[-1]["loss"], augmented.epochs[-1]["val_loss"])
    assert augmented.results["model_summary"]["layers"] == plain.results["model_summary"]["layers"]
    assert augmented.artifacts == plain.artifacts


@pytest.mark.fashion_mnist
def test_uploaded_garments_are_the_built_in_ones_to_the_bit(trainer: Trainer) -> None:
    dataset = trainer.read(files.garments_as_npz(), {})
    (joined,) = (one["message"] for one in dataset["warnings"] if one["code"] == "joined_arrays")
    assert '"test": "test"' in joined
    body = {
        "network": {"layers": [{"type": "Flatten"}, dense(10, "softmax")]},
        "training": {**CLASSES, "epochs": 2, "batch_size": 1000, "seed": 4},
    }
    split = {"column": {"column": "part", "training": "training", "test": "test"}}
    said = {"name": dataset["id"], "target": {"column": "y", "type": "classes"}, "scaling": "unit", "split": split}
    own = trainer.finish(dataset, {**body, "dataset": said})
    built_in = trainer.finish(dataset, {**body, "dataset": "fashion_mnist"})
    assert own.epochs == built_in.epochs
    assert own.results["stored_metrics"] == built_in.results["stored_metrics"]
    assert own.results["stored_metrics"]["test_accuracy"] > 0.7
    assert own.results["evaluation"] == built_in.results["evaluation"]
