"""The check of whole jobs: the corpus of bad ones, good ones, doubtful ones, and hostile ones."""

import json
import math
import statistics
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.jobs.examples import NOTEBOOK_LAYERS
from spec.jobs import JobSpec
from tests.spec.jobs import check, job

CORPUS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "corpus" / "bad_jobs.json").read_text())
FLAT = {"type": "Flatten"}
SOFTMAX = {"type": "Dense", "units": 10, "activation": "softmax"}
ONE = {"type": "Dense", "units": 1}


@pytest.mark.parametrize("bad", CORPUS, ids=lambda bad: bad["why"])
def test_every_fault_of_a_bad_job_is_told_and_no_other(bad: dict[str, Any]) -> None:
    checked = check(bad["body"])
    assert checked.spec is None
    assert checked.summary is None
    told = {(fault.pointer, fault.code): fault for fault in checked.faults}
    assert sorted(told) == sorted((fault["pointer"], fault["code"]) for fault in bad["faults"])
    for expected in bad["faults"]:
        fault = told[expected["pointer"], expected["code"]]
        for words in expected["message_contains"]:
            assert words in fault.message
        if "suggestion" in expected:
            assert fault.suggestion == expected["suggestion"]


def test_the_corpus_is_large_and_covers_every_section() -> None:
    assert len(CORPUS) >= 80
    sections = {fault["pointer"].split("/")[1] for bad in CORPUS for fault in bad["faults"] if fault["pointer"]}
    assert sections >= {"name", "dataset", "network", "training", "resources", "metadata"}


def test_the_notebooks_job_is_accepted_whole() -> None:
    body = {
        **job(),
        "name": "notebook, batch normalization",
        "resources": {"accelerator": "any", "priority": 0, "max_runtime_seconds": 3600, "max_attempts": 3},
        "metadata": {"team": "vision"},
    }
    checked = check(body)
    assert checked.faults == []
    assert checked.advice == []
    assert checked.spec is not None
    assert checked.summary is not None
    assert checked.summary.total_parameters == 271346
    assert checked.spec == JobSpec.model_validate(body)
    assert JobSpec.model_validate(json.loads(checked.spec.model_dump_json())) == checked.spec
    assert checked.spec.metadata == {"team": "vision"}
    assert checked.spec.training.model_fields_set == set(body["training"])


SCHEDULE = {"type": "InverseTimeDecay", "initial_learning_rate": 0.01, "decay_steps": 1, "decay_rate": 1e-4}
CYCLE = {"type": "OneCycle", "max_learning_rate": 0.05, "max_momentum": 0.95, "min_momentum": 0.85}
IRIS = [{"type": "Dense", "units": 3, "activation": "softmax"}]


@pytest.mark.parametrize(
    "body",
    [
        job(optimizer=..., epochs=..., batch_size=..., validation_split=..., seed=..., metrics=..., callbacks=...),
        job(optimizer="adam", loss={"type": "CategoricalCrossentropy", "label_smoothing": 0.1}, metrics=["auc"]),
        job(optimizer={"type": "SGD", "learning_rate": SCHEDULE}),
        job(optimizer={"type": "SGD", "learning_rate": CYCLE, "momentum": 0.95}),
        job(optimizer={"type": "Adam", "learning_rate": CYCLE}),
        job(callbacks=[{"type": "ReduceLROnPlateau", "factor": 0.5, "patience": 5}, {"type": "TerminateOnNaN"}]),
        job(callbacks=[{"type": "EarlyStopping", "monitor": "val_accuracy"}]),
        job(class_weight={"0": 1, "9": 2.5}),
        job("digits", metrics=[{"type": "SparseTopKCategoricalAccuracy", "k": 3}, "acc"]),
        job("digits", loss="crossentropy"),
        job("cifar100", [FLAT, {**SOFTMAX, "units": 100}]),
        job("iris", IRIS),
        job({"name": "wine", "scaling": "unit", "split": {"validation": 0.2, "test": 0.1, "seed": 1}}, IRIS,
            validation_split=0),
        job({"name": "iris", "features": ["petal width (cm)", "petal length (cm)"]}, IRIS),
        job({"name": "iris", "target": "petal width (cm)"}, [ONE], loss="mse", metrics=["mae"]),
        job("diabetes", [ONE], loss="mse", metrics=["mae", "r2_score"]),
        job(precision="mixed_float16"),
        job(precision="mixed_bfloat16") | {"resources": {"gpus": 8}},
        job("digits", [FLAT, SOFTMAX], batch_size=359, validation_split=0.2) | {"resources": {"gpus": 2}},
        job(optimizer={"type": "SGD", "ema_overwrite_frequency": 5}) | {"resources": {"gpus": 2}},
        job("breast_cancer", [{**ONE, "activation": "sigmoid"}], loss="bce", metrics=["accuracy", "auc", "precision"]),
    ],
)  # fmt: skip
def test_good_jobs_have_neither_faults_nor_advice(body: dict[str, Any]) -> None:
    checked = check(body)
    assert (checked.faults, checked.advice) == ([], [])
    assert checked.spec is not None


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (job("digits", [FLAT, {**SOFTMAX, "units": 12}]), "/network/layers/1/units", "more_units_than_classes"),
        (job("digits", [FLAT, {"type": "Dense", "units": 10}]), "/network/layers/1", "not_probabilities"),
        (
            job(loss={"type": "SparseCategoricalCrossentropy", "from_logits": True}),
            "/training/loss/from_logits",
            "not_logits",
        ),
        (job("digits", [FLAT, ONE], loss="mse", metrics=["mae"]), "/training/loss", "classes_as_numbers"),
        (job("diabetes", [ONE], loss="mse", metrics=["accuracy"]), "/training/metrics/0", "accuracy_of_number"),
        (job("iris", IRIS, batch_size=200), "/training/batch_size", "batch_larger_than_data"),
        (
            job(precision="mixed_float16") | {"resources": {"accelerator": "cpu"}},
            "/training/precision",
            "float16_on_cpu",
        ),
        (
            job(optimizer={"type": "SGD", "loss_scale_factor": 2.0}, precision="mixed_float16"),
            "/training/optimizer/loss_scale_factor",
            "loss_scaled_already",
        ),
        (
            job(optimizer={"type": "SGD", "nesterov": True}),
            "/training/optimizer/nesterov",
            "nesterov_without_momentum",
        ),
        (
            job("digits", [FLAT, {"type": "Dense", "units": 30, "activation": "selu"}, SOFTMAX]),
            "/network/layers/1",
            "selu_without_lecun_normal",
        ),
    ],
)
def test_doubtful_jobs_are_accepted_with_advice(body: dict[str, Any], pointer: str, code: str) -> None:
    checked = check(body)
    assert checked.faults == []
    assert checked.spec is not None
    assert [(advice.pointer, advice.code) for advice in checked.advice] == [(pointer, code)]


def test_memory_grows_with_batch_and_optimizer_and_the_limit_is_kept() -> None:
    def needed(**training: object) -> int:
        summary = check(job(**training)).summary
        assert summary is not None
        return summary.memory.total_bytes

    assert needed(batch_size=512) > needed(batch_size=256)
    assert needed(optimizer="adam") > needed() > needed(optimizer="sgd")
    (fault,) = check(job(), memory_bytes=needed() - 1).faults
    assert (fault.code, fault.pointer) == ("memory_limit", "/network/layers/2/units")
    # The rows take 220 MB beside it, and are read as they are needed.
    assert check(job(), memory_bytes=needed()).faults == []


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_faults(number: float) -> None:
    checked = check(job(optimizer={"type": "SGD", "learning_rate": number}, class_weight={"0": number}))
    assert {fault.pointer for fault in checked.faults} == {
        "/training/optimizer/learning_rate",
        "/training/class_weight/0",
    }


def deep(levels: int) -> Any:  # noqa: ANN401 - nested lists and objects
    body: Any = 1
    for _ in range(levels):
        body = {"a": [body]}
    return body


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(job(layers=[{"type": "Dense", "units": 1}] * 1_000_000), id="a million layers"),
        pytest.param({**job(), **{f"field{index}": index for index in range(100_000)}}, id="a wide body"),
        pytest.param({**job(), "metadata": {str(index): index for index in range(100_000)}}, id="much metadata"),
        pytest.param(job(metrics=["nonsense"] * 1_000_000), id="a million metrics"),
        pytest.param(job(callbacks=[{"type": "x"}] * 1_000_000), id="a million callbacks"),
        pytest.param(job(class_weight={str(index): -1 for index in range(100_000)}), id="many classes"),
        pytest.param(
            job(
                optimizer={
                    "type": "SGD",
                    "learning_rate": {
                        "type": "PiecewiseConstantDecay",
                        "boundaries": ["x"] * 1_000_000,
                        "values": [None] * 1_000_000,
                    },
                }
            ),
            id="a million pieces",
        ),
        pytest.param(job({"name": "iris", "features": ["x"] * 1_000_000}, IRIS), id="a million columns"),
        pytest.param(job(optimizer={f"field{index}": index for index in range(100_000)}), id="a wide optimizer"),
        pytest.param(
            job(optimizer={"type": "SGD", **{f"field{index}": index for index in range(100_000)}}),
            id="a wide optimizer with a type",
        ),
        pytest.param({**job(), "network": deep(100_000)}, id="deep under the network"),
        pytest.param({**job(), "metadata": deep(100_000)}, id="deep under the metadata"),
        pytest.param(job(loss=deep(100_000)), id="deep under the loss"),
        pytest.param(job(loss="x" * 10_000_000), id="a long name"),
        pytest.param(job(layers=[FLAT, {"type": "Dense", "units": 10**4000}]), id="units beyond any machine"),
    ],
)
def test_hostile_bodies_are_refused_at_once(body: object) -> None:
    started = time.process_time()
    checked = check(body)
    seconds = time.process_time() - started
    assert checked.faults
    assert len(checked.faults) <= 101
    assert seconds < 0.25


def test_the_notebooks_job_is_checked_in_milliseconds() -> None:
    body = job()
    check(body)
    seconds: list[float] = []
    for _ in range(50):
        started = time.process_time()
        check(body)
        seconds.append(time.process_time() - started)
    assert statistics.median(seconds) < 0.005


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(body: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    found = [at] if at else []
    members = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in members:
        found += places(value, (*at, key))
    return found


RICH = job(
    {"name": "digits", "scaling": "unit", "split": {"seed": 1}},
    [*NOTEBOOK_LAYERS[:-1], {"type": "LeakyReLU", "negative_slope": 0.1}, SOFTMAX],
    optimizer={"type": "SGD", "learning_rate": {"type": "OneCycle", "max_learning_rate": 0.1}},
    metrics=["accuracy", {"type": "SparseTopKCategoricalAccuracy", "k": 2}],
    class_weight={"0": 1.0},
)
RICH |= {"name": "n", "resources": {"priority": 1}, "metadata": {"a": "b"}}


@settings(max_examples=400)
@given(st.data())
def test_whatever_is_put_in_any_place_is_answered(data: st.DataObject) -> None:
    body = json.loads(json.dumps(RICH))
    for place in data.draw(st.lists(st.sampled_from(places(RICH)), min_size=1, max_size=3)):
        inner: Any = body
        for key in place[:-1]:
            inner = inner[key] if isinstance(inner, dict | list) and key in range_or_keys(inner) else None
        if isinstance(inner, dict | list) and place[-1] in range_or_keys(inner):
            inner[place[-1]] = data.draw(ANYTHING)
    checked = check(body)
    assert (checked.spec is None) == bool(checked.faults)
    if checked.spec is not None:
        assert checked.spec == JobSpec.model_validate(body)


def range_or_keys(inner: Any) -> Any:  # noqa: ANN401 - what may index a list or an object
    return inner.keys() if isinstance(inner, dict) else range(len(inner))
