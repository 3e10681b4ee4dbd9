"""The catalog shows everything declared, once, as JSON."""

import json

from spec.catalog import catalog
from spec.datasets.built_in import BUILT_IN
from spec.jobs import JobSpec
from spec.language.declared import kinds
from spec.layers import Layer
from spec.metrics import Metric
from spec.networks.initializers import INITIALIZER_NAMES
from spec.training.callbacks import Callback
from spec.training.optimizers import Optimizer


def arguments(family: str, kind: str) -> dict[str, dict[str, object]]:
    (told,) = (one for one in catalog()[family]["kinds"] if one["type"] == kind)
    return {argument["name"]: argument for argument in told["arguments"]}


def test_every_kind_is_shown_with_every_argument() -> None:
    for family, base in (("layers", Layer), ("optimizers", Optimizer), ("metrics", Metric), ("callbacks", Callback)):
        told = {kind["type"]: kind for kind in catalog()[family]["kinds"]}
        assert set(told) == set(kinds(base))
        for name, kind in kinds(base).items():
            assert {argument["name"] for argument in told[name]["arguments"]} == set(kind.model_fields) - {"type"}
            assert told[name]["description"].endswith((".", ":"))


def test_arguments_say_what_they_take() -> None:
    units = arguments("layers", "Dense")["units"]
    assert (units["required"], units["type"], units["minimum"]) == (True, "integer", 1)
    initializer = arguments("layers", "Dense")["kernel_initializer"]
    assert (initializer["family"], initializer["default"]) == ("initializers", "glorot_uniform")
    rate = arguments("optimizers", "SGD")["learning_rate"]
    assert rate["oneOf"] == [{"exclusiveMinimum": 0, "type": "number"}, {"family": "schedules"}]
    assert arguments("metrics", "F1Score")["average"]["enum"] == ["micro", "macro", "weighted"]
    assert arguments("losses", "Huber")["delta"]["default"] == 1.0


def test_names_sections_and_data_sets() -> None:
    told = catalog()
    assert told["initializers"]["names"] == list(INITIALIZER_NAMES)
    assert {"adam", "sgd"} <= set(told["optimizers"]["names"])
    assert {"mse", "crossentropy"} <= set(told["losses"]["names"])
    assert {"accuracy", "acc"} <= set(told["metrics"]["names"])
    assert "relu" in told["activations"]["names"]
    assert [argument["name"] for argument in told["sections"]["job"]] == list(JobSpec.model_fields)
    metrics = next(argument for argument in told["sections"]["training"] if argument["name"] == "metrics")
    assert metrics["items"] == {"family": "metrics"}
    assert [facts["name"] for facts in told["datasets"]] == list(BUILT_IN)
    waveforms, reviews = told["datasets"][-2:]
    assert len(waveforms["class_names"]) == waveforms["classes"]
    assert reviews["class_names"] == ["negative", "positive"]
    assert reviews["words"][:3] == ["", "the", "was"]


def test_what_is_left_out_has_its_reason() -> None:
    told = catalog()
    assert "code" in told["layers"]["left_out"]["Lambda"]
    assert "code" in told["callbacks"]["left_out"]["LambdaCallback"]
    for family in told.values():
        if isinstance(family, dict) and "left_out" in family:
            assert all(family["left_out"].values())


def test_it_is_json_with_no_reference_left() -> None:
    text = json.dumps(catalog(), allow_nan=False)
    assert "$ref" not in text
    assert "$defs" not in text
    assert json.loads(text) == catalog()
