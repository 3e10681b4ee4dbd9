"""Weights that a training cannot begin with: each kind of fault, where it is told, and in which words."""

import json
from dataclasses import replace
from typing import Any

import pytest

from db.jobs.weights import WeightsRow
from spec.language.faults import MOST_FAULTS
from tests.spec.jobs import job
from tests.spec.weights import SOURCE, beginning, checker, row_of, without

LAYERS: list[dict[str, Any]] = [
    {"type": "Dense", "units": 8, "name": "hidden_1"},
    {"type": "Dense", "units": 6, "use_bias": False, "name": "hidden_2"},
    {"type": "BatchNormalization", "name": "norm"},
    {"type": "Dropout", "rate": 0.5, "name": "drop"},
    {"type": "Dense", "units": 3, "activation": "softmax", "name": "head"},
]
PLAIN: dict[str, Any] = {"epochs": 3, "seed": 7, "callbacks": [], "optimizer": "sgd", "validation_split": 0.2}
ROW = row_of(job("iris", LAYERS, **PLAIN))
NOWHERE = "job_" + "0" * 26
CHANGED: dict[str, dict[str, Any]] = {
    "hidden_1": {"units": 9},
    "hidden_2": {"use_bias": True},
    "norm": {"type": "LayerNormalization"},
    "drop": {"type": "GaussianDropout"},
    "head": {"name": "top"},
}


def layers(**changes: dict[str, Any]) -> list[dict[str, Any]]:
    """The layers of the source, some of them with other fields."""
    return [{**layer, **changes.get(str(layer["name"]), {})} for layer in LAYERS]


def changed(*names: str) -> list[dict[str, Any]]:
    return layers(**{name: CHANGED[name] for name in names})


def broken_off(row: WeightsRow) -> WeightsRow:
    """One whose training broke off within a step."""
    return replace(row, results_json=json.dumps({**json.loads(row.results_json or "{}"), "can_be_continued": False}))


def sent(weights: dict[str, Any], network: list[dict[str, Any]] | None = None, **training: object) -> dict[str, Any]:
    """A job that is to begin with the weights of the source."""
    said = {**PLAIN, "initial_weights": weights, **training}
    return job("iris", LAYERS if network is None else network, **said)


AT = "/training/initial_weights"
MAPPINGS: dict[str, tuple[dict[str, Any], list[tuple[str, str, str]]]] = {
    "no such job": (
        sent(beginning(**{"from": {"job": NOWHERE}})),
        [(f"{AT}/from/job", "unknown_job", f'The project has no job "{NOWHERE}".')],
    ),
    "no id": (
        sent(beginning(**{"from": {"job": "resnet"}})),
        [(f"{AT}/from/job", "string_pattern_mismatch", "This must be the id of a job")],
    ),
    "an epoch": (
        sent(beginning(**{"from": {"job": SOURCE, "epoch": 3}})),
        [(f"{AT}/from/epoch", "retired_field", "Only the best and the last weights are kept")],
    ),
    "a pattern with more stars": (
        sent(beginning({"hidden_1": "hidden_*"})),
        [(f"{AT}/layers/hidden_1", "unequal_patterns", "as many `*`")],
    ),
    "a layer that is not there": (
        sent(beginning({"hiden_1": "hidden_1"})),
        [(f"{AT}/layers/hiden_1", "unknown_layer", 'no layer called "hiden_1". Did you mean "hidden_1"?')],
    ),
    "a pattern that means none": (
        sent(beginning({"conv_*": "conv_*"})),
        [(f"{AT}/layers/conv_*", "unknown_layer", 'The network has no layer called "conv_*".')],
    ),
    "a source that is not there": (
        sent(beginning({"hidden_1": "hiden_2"})),
        [(f"{AT}/layers/hidden_1", "unknown_layer", f'"{SOURCE}" has no layer called "hiden_2". Did')],
    ),
    "a source that nothing is like": (
        sent(beginning({"hidden_1": "xyz"})),
        [(f"{AT}/layers/hidden_1", "unknown_layer", '"hidden_1", "hidden_2", "norm", "drop" and "head".')],
    ),
    "one pattern, several that are not there": (
        sent(beginning({"hidden_*": "dense_*"})),
        [
            (f"{AT}/layers/hidden_*", "unknown_layer", 'no layer called "dense_1"'),
            (f"{AT}/layers/hidden_*", "unknown_layer", 'no layer called "dense_2"'),
        ],
    ),
    "one layer twice": (
        sent(beginning({"hidden_*": "hidden_*", "hidden_1": "hidden_1"})),
        [(f"{AT}/layers/hidden_1", "layer_twice", 'The layer "hidden_1" is also meant by "hidden_*".')],
    ),
    "another type": (
        sent(beginning({"norm": "norm"}), changed("norm")),
        [(f"{AT}/layers/norm", "other_layer_type", "has the type LayerNormalization, but")],
    ),
    "another type without variables": (
        sent(beginning({"drop": "drop", "head": "head"}), changed("drop")),
        [(f"{AT}/layers/drop", "other_layer_type", "has the type GaussianDropout, but")],
    ),
    "another type by its own name": (
        sent(beginning(), changed("norm")),
        [(AT, "other_layer_type", "Name the layers to copy in `layers`, or give this layer another name.")],
    ),
    "a bias too many": (
        sent(beginning({"hidden_2": "hidden_2"}), changed("hidden_2")),
        [
            (
                f"{AT}/layers/hidden_2",
                "other_variables",
                f'has the variables `kernel` and `bias`, but "hidden_2" of "{SOURCE}" has the variable `kernel`.',
            )
        ],
    ),
    "a bias too few": (
        sent(beginning({"hidden_1": "hidden_1"}), layers(hidden_1={"use_bias": False})),
        [(f"{AT}/layers/hidden_1", "other_variables", "has the variable `kernel`, but")],
    ),
    "other variables by the same name": (
        sent(beginning(), changed("hidden_2")),
        [(AT, "other_variables", 'The layer "hidden_2"')],
    ),
    "another shape": (
        sent(beginning({"hidden_1": "hidden_1"}), changed("hidden_1")),
        [
            (
                f"{AT}/layers/hidden_1",
                "other_shape",
                "the shape [4, 9] of `kernel` is [4, 8] there and the shape [9] of `bias` is [8] there.",
            )
        ],
    ),
    "another shape by another layer": (
        sent(beginning({"head": "hidden_1"})),
        [(f"{AT}/layers/head", "other_shape", "the shape [6, 3] of `kernel` is [4, 8] there")],
    ),
    "other shapes behind another layer": (
        sent(beginning(), changed("hidden_1")),
        [(AT, "other_shape", 'The layer "hidden_1"'), (AT, "other_shape", "the shape [9, 6] of `kernel` is [8, 6]")],
    ),
    "one source for layers of several shapes": (
        sent(beginning({"hidden_*": "hidden_1"})),
        [(f"{AT}/layers/hidden_*", "other_variables", 'The layer "hidden_2"')],
    ),
    "several at once": (
        sent(beginning({"*": "*"}), changed("hidden_2", "norm", "head")),
        [
            (f"{AT}/layers/*", "unknown_layer", 'no layer called "top"'),
            (f"{AT}/layers/*", "other_variables", '"hidden_2"'),
            (f"{AT}/layers/*", "other_layer_type", '"norm"'),
        ],
    ),
    "nothing of the same name": (
        sent(beginning(), [{**layer, "name": f"my_{layer['name']}"} for layer in LAYERS]),
        [(AT, "nothing_to_copy", "so nothing would be copied. Name the layers in `layers`")],
    ),
    "nothing with variables": (
        sent(beginning({"drop": "drop"})),
        [(f"{AT}/layers", "nothing_to_copy", "No layer that is named here has variables")],
    ),
    "no names": (
        sent(beginning({})),
        [(f"{AT}/layers", "nothing_to_copy", "No layer that is named here has variables")],
    ),
    "a layer left": (
        sent(beginning(otherwise="error"), changed("head")),
        [(f"{AT}/otherwise", "layers_left", '1 layer with variables gets no weights: "top".')],
    ),
    "layers left": (
        sent(beginning({"head": "head"}, otherwise="error")),
        [(f"{AT}/otherwise", "layers_left", '3 layers with variables get no weights: "hidden_1",')],
    ),
    "parts that are continued": (
        sent(beginning({"head": "head"}, **{"continue": True})),
        [(f"{AT}/layers", "not_with_continue", "takes all weights along")],
    ),
    "the best that is continued": (
        sent({"from": {"job": SOURCE, "checkpoint": "best"}, "continue": True}),
        [(f"{AT}/from/checkpoint", "not_with_continue", "only from its end")],
    ),
}  # fmt: skip
CONTINUE = {"from": {"job": SOURCE}, "continue": True}
ONE_CYCLE = {"type": "OneCycle", "max_learning_rate": 0.1, "max_momentum": 0.9, "min_momentum": 0.8}
CONTINUATIONS: dict[str, tuple[dict[str, Any], list[tuple[str, str, str]]]] = {
    "another layer": (
        sent(CONTINUE, changed("hidden_1", "drop")),
        [
            ("/network/layers/0", "not_as_in_source", f'This layer must be the same as in "{SOURCE}", since'),
            ("/network/layers/3", "not_as_in_source", "This layer"),
        ],
    ),
    "more layers": (
        sent(CONTINUE, [{"type": "Dense", "units": 3}, *LAYERS]),
        [("/network/layers", "not_as_in_source", "which has 5 layers")],
    ),
    "other arguments": (
        sent(CONTINUE, batch_size=16, shuffle=False, loss="kl_divergence", metrics=[], precision="mixed_bfloat16"),
        [
            ("/training/loss", "not_as_in_source", "`loss` must be the same as in"),
            ("/training/metrics", "not_as_in_source", "`metrics` must"),
            ("/training/batch_size", "not_as_in_source", "which is 32, since"),
            ("/training/shuffle", "not_as_in_source", "which is true, since"),
            ("/training/precision", "not_as_in_source", 'which is "float32", since'),
        ],
    ),
    "other callbacks": (
        sent(CONTINUE, callbacks=[{"type": "TerminateOnNaN"}], validation_split=0.1, class_weight={"0": 2.0}),
        [
            ("/training/validation_split", "not_as_in_source", "which is 0.2"),
            ("/training/callbacks", "not_as_in_source", "`callbacks` must"),
            ("/training/class_weight", "not_as_in_source", "`class_weight` must"),
        ],
    ),
    "other multipliers": (
        sent(CONTINUE, learning_rate_multipliers={"head": 0.1}),
        [("/training/learning_rate_multipliers", "not_as_in_source", "must be the same")],
    ),
    "another optimizer": (
        sent(CONTINUE, optimizer="adam"),
        [("/training/optimizer", "not_as_in_source", "The optimizer, except for its `learning_rate`, must be")],
    ),
    "other momentum": (
        sent(CONTINUE, optimizer={"type": "SGD", "momentum": 0.5}),
        [("/training/optimizer", "not_as_in_source", "The optimizer, except for")],
    ),
    "more GPUs": (
        {**sent(CONTINUE), "resources": {"gpus": 2}},
        [("/resources/gpus", "not_as_in_source", f'`gpus` must be the same as in "{SOURCE}", which is 1, since')],
    ),
    "phases": (
        sent(CONTINUE, phases=[{"epochs": 3}]),
        [("/training/phases", "cannot_be_continued", "A training with `phases` cannot continue another one.")],
    ),
    "too many epochs": (
        sent(CONTINUE, epochs=99_998),
        [("/training/epochs", "too_many", "at most 100,000 epochs")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [*MAPPINGS, *CONTINUATIONS])
def test_each_bad_mapping_is_told_where_it_is(name: str) -> None:
    body, expected = {**MAPPINGS, **CONTINUATIONS}[name]
    found = checker(ROW)(body).faults
    assert [(fault.pointer, fault.code) for fault in found] == [(place, code) for place, code, _ in expected]
    for fault, (_, _, said) in zip(found, expected, strict=True):
        assert said in fault.message


@pytest.mark.parametrize(
    ("row", "weights", "place", "code", "said"),
    [
        (without(ROW, has_ended=False), beginning(), "from/job", "job_not_ended", "has not ended yet"),
        (without(ROW, files={}), beginning(), "from/job", "no_weights", "has no stored weights"),
        (without(ROW, "model_summary"), beginning(), "from/job", "no_weights", "has no stored weights"),
        (replace(ROW, results_json=None), beginning(), "from/job", "no_weights", "has no stored weights"),
        (without(ROW, "best_weights"), beginning(**{"from": {"job": SOURCE, "checkpoint": "best"}}), "from/checkpoint",
         "no_best_weights",  "has no best weights. A job has none if it has no validation rows"),
        (without(ROW, spec_json="{}"), CONTINUE, "continue", "cannot_be_continued", "not one of this version"),
        (broken_off(ROW), CONTINUE, "continue", "cannot_be_continued", "broke off within a step"),
        (row_of(job("iris", LAYERS, **{**PLAIN, "phases": [{"epochs": 3}]})), CONTINUE, "continue",
         "cannot_be_continued", "has `phases`, and cannot be continued"),
    ],
)  # fmt: skip
def test_what_a_job_did_not_leave_is_told(row: Any, weights: dict[str, Any], place: str, code: str, said: str) -> None:  # noqa: ANN401 -- a row
    (fault,) = checker(row)(job("iris", LAYERS, **PLAIN, initial_weights=weights)).faults
    assert (fault.pointer, fault.code) == (f"{AT}/{place}", code)
    assert said in fault.message


def test_a_one_cycle_is_not_continued() -> None:
    cycle = {**PLAIN, "optimizer": {"type": "SGD", "momentum": 0.9, "learning_rate": ONE_CYCLE}}
    plain = {**PLAIN, "optimizer": {"type": "SGD", "momentum": 0.9}}
    for before, after, place in ((plain, cycle, "/training/optimizer/learning_rate"), (cycle, plain, f"{AT}/continue")):
        check = checker(row_of(job("iris", LAYERS, **before)))
        (fault,) = check(job("iris", LAYERS, **after, initial_weights=CONTINUE)).faults
        assert (fault.pointer, fault.code) == (place, "cannot_be_continued")


def test_a_training_on_other_data_is_not_continued() -> None:
    check = checker(ROW)
    for dataset in ("wine", {"name": "iris", "scaling": "none"}):
        (fault, *_) = check(job(dataset, LAYERS, **PLAIN, initial_weights=CONTINUE)).faults
        assert (fault.pointer, fault.code) == ("/dataset", "not_as_in_source")
    assert check(job({"name": "iris"}, LAYERS, **PLAIN, initial_weights=CONTINUE)).faults == []


def test_of_many_faults_a_hundred_are_told() -> None:
    wide = [{"type": "Dense", "units": 3, "name": f"d{number}"} for number in range(300)]
    check = checker(row_of(job("iris", wide, **PLAIN)))
    other = [{**layer, "use_bias": False} for layer in wide]
    found = check(job("iris", other, **PLAIN, initial_weights=beginning({"*": "*"}))).faults
    assert len(found) == MOST_FAULTS
    left = check(job("iris", wide, **PLAIN, initial_weights=beginning({"d0": "d0"}, otherwise="error"))).faults
    assert [fault.message.count('"d') for fault in left] == [10]
    assert "289 more" in left[0].message
