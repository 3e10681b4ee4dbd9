"""What a faulty value is told: a sentence of the service's own, and all faults of an object at once."""

import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_core._pydantic_core import list_all_errors

import api.app  # noqa: F401  # declares every body and every query
import spec.datasets.descriptions  # noqa: F401  # what is said of files, which no body of the API has yet
from api.requests.queries import Query
from spec.language.declared import Declared, Section
from spec.language.faults import Fault, faults_of
from spec.networks.networks import NetworkSpec, parse_network
from tests.spec.jobs import assert_readable, check, job

WRONG: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, -0.5, 10**30, math.nan, "", "x", "é", "x" * 2000),
    *([], [None], [0], ["x"], ["é"], [[]], [{}], ["x"] * 20_000),
    *({}, {"x": 1}, {"é": None}, {"type": "Nope"}, {"type": 5}, {"": 0}),
)
"""Of each JSON type, and at the ends of what one of them can be."""

_TOO_WIDE = {"value_error", "assertion_error"}
TEMPLATES = [
    re.compile(re.sub(r"\\\{\w+\\\}", ".*", re.escape(error["message_template_python"])), re.DOTALL)
    for error in list_all_errors()
    if error["type"] not in _TOO_WIDE
]
"""The validator's own sentences."""


def subclasses(base: type[Any]) -> Iterator[type[Any]]:
    for one in base.__subclasses__():
        if one.__module__.startswith(("spec.", "api.")) and not one.__name__.startswith("PartOf"):
            yield one
            yield from subclasses(one)


def is_concrete(kind: type[Section]) -> bool:
    return not issubclass(kind, Declared) or isinstance(kind.model_fields["type"].default, str)


SECTIONS: list[type[Section]] = [
    kind for kind in dict.fromkeys(subclasses(Section)) if kind is not NetworkSpec and is_concrete(kind)
]
BY_NAME = [pytest.param(kind, id=f"{kind.__module__}.{kind.__name__}") for kind in SECTIONS]


def said(kind: type[Section]) -> dict[str, Any]:
    """What every object of a kind begins with."""
    return {"type": kind.model_fields["type"].default} if issubclass(kind, Declared) else {}


def faults(kind: type[Section], body: dict[str, Any]) -> list[Fault]:
    try:
        kind.model_validate(body)
    except ValidationError as error:
        return faults_of(error)
    return []


def fields(told: list[Fault]) -> set[str]:
    """The fields at fault, or within which there is a fault."""
    return {fault.pointer.split("/")[1] for fault in told if fault.pointer}


def names_of(kind: type[Section]) -> list[str]:
    return [field.alias or name for name, field in kind.model_fields.items() if name != "type"]


def assert_own(message: str) -> None:
    assert not any(template.fullmatch(message) for template in TEMPLATES), message
    assert "PartOf" not in message


def test_the_walk_meets_every_declaration() -> None:
    assert len(SECTIONS) > 150
    assert TEMPLATES[0].fullmatch("Object has no attribute 'x'")
    assert any(template.fullmatch("Input should be greater than or equal to 1") for template in TEMPLATES)


@pytest.mark.parametrize("kind", BY_NAME)
def test_no_sentence_is_the_validators(kind: type[Section]) -> None:
    for name in names_of(kind):
        for value in WRONG:
            told = faults(kind, {**said(kind), name: value})
            assert_readable(told)
            for fault in told:
                assert_own(fault.message)


@pytest.mark.parametrize("kind", BY_NAME)
def test_a_whole_number_beyond_all_floats_is_out_of_range_and_no_other_type(kind: type[Section]) -> None:
    for name in names_of(kind):
        for fault in faults(kind, {**said(kind), name: 10**400}):
            assert "number, not a number" not in fault.message


@pytest.mark.parametrize("kind", BY_NAME)
def test_all_faults_of_an_object_are_told_at_once(kind: type[Section]) -> None:
    wrong: dict[str, Any] = {}
    for name in names_of(kind):
        if found := [value for value in WRONG if name in fields(faults(kind, {**said(kind), name: value}))]:
            wrong[name] = found[-1]
    assert fields(faults(kind, {**said(kind), **wrong, "bogus": 1})) >= {*wrong, "bogus"}


BROKEN: dict[str, tuple[type[Section], dict[str, Any], str]] = {}
"""Each rule between fields -> what breaks it, and where it is told."""


def broken(rule: str, kind: str, pointer: str, **members: object) -> None:
    (found,) = [one for one in SECTIONS if one.__name__ == kind and rule in one._RULES]
    BROKEN[rule if rule not in BROKEN else f"{rule} of {kind}"] = (found, {**said(found), **members}, pointer)


CYCLE = {"type": "OneCycle", "max_learning_rate": 0.1, "max_momentum": 0.9, "min_momentum": 0.8}
broken("_check_gpus", "ResourcesSpec", "/gpus", gpus=2, accelerator="cpu")
broken("_check_rest", "SplitSpec", "", validation=0.5, test=0.5)
broken("_check_order", "MinMaxNorm", "/min_value", min_value=2, max_value=1)
broken("_check_order", "RandomUniform", "/minval", minval=2, maxval=1)
broken("_check_order", "RenormClipping", "/rmax", rmax=1.0, rmin=2.0)
broken("_check_order", "Permute", "/dims", dims=[3])
broken("_check_clipping", "Adam", "/clipvalue", clipnorm=1.0, clipvalue=1.0)
broken("_check_spared", "Adam", "/exclude_from_weight_decay", exclude_from_weight_decay=["bias"])
broken("_check_mirrored_momentum", "Adagrad", "/learning_rate/max_momentum", learning_rate=CYCLE)
broken("_check_moved_momentum", "SGD", "/momentum", learning_rate=CYCLE)
broken("_check_moved_momentum", "RMSprop", "/momentum", learning_rate=CYCLE)
broken("_check_pieces", "PiecewiseConstantDecay", "/values", boundaries=[1], values=[0.1])
broken("_check_warmup", "CosineDecay", "/warmup_target", initial_learning_rate=1, decay_steps=1, warmup_steps=1)
broken("_check_phases", "OneCycle", "/min_momentum", max_learning_rate=1, max_momentum=0.9)
broken("_check_name", "AUC", "/name", name="loss")
broken("_check_sides", "MeanIoU", "/sparse_y_pred", num_classes=2, sparse_y_true=False)
broken("_check_targets", "IoU", "/target_class_ids/0", num_classes=2, target_class_ids=[2])
broken("_check_targets", "OneHotIoU", "/target_class_ids/0", num_classes=2, target_class_ids=[2])
broken("_check_labels", "AUC", "/num_labels", num_labels=2)
broken("_check_axes", "Reshape", "/target_shape", target_shape=[0])
broken("_check_dilation", "Conv1D", "/dilation_rate", filters=1, kernel_size=1, strides=2, dilation_rate=2)
broken("_check_dilation", "ConvLSTM1D", "/dilation_rate", filters=1, kernel_size=1, strides=2, dilation_rate=2)
broken("_check_groups", "Conv1D", "/groups", filters=3, kernel_size=1, groups=2)
broken("_check_groups", "GroupNormalization", "/groups", groups=0)
broken("_check_output_padding", "Conv1DTranspose", "/output_padding", filters=1, kernel_size=1, output_padding=1)
broken("_check_moments", "Normalization", "/variance", mean=0.0)
LSTM = {"type": "LSTM", "units": 1}
broken("_check_held", "TimeDistributed", "/layer/trainable", layer={**LSTM, "trainable": False})
broken(
    "_check_mask",
    "SpectralNormalization",
    "/layer/mask_zero",
    layer={"type": "Embedding", "input_dim": 2, "output_dim": 2, "mask_zero": True},
)
broken("_check_penalty", "TimeDistributed", "/layer/activity_regularizer", layer={**LSTM, "activity_regularizer": "l2"})
broken("_check_directions", "Bidirectional", "/layer/go_backwards", layer={**LSTM, "go_backwards": True})
broken(
    "_check_likeness",
    "Bidirectional",
    "/backward_layer/units",
    layer=LSTM,
    backward_layer={"type": "LSTM", "units": 2, "go_backwards": True},
)
EINSUM = {"equation": "abc,cd->abd", "output_shape": [1, 2]}
broken("_check_equation", "EinsumDense", "/equation", equation="abc", output_shape=2)
broken("_check_output_shape", "EinsumDense", "/output_shape", **{**EINSUM, "output_shape": 2})
broken("_check_bias_axes", "EinsumDense", "/bias_axes", **EINSUM, bias_axes="c")
broken("_check_output_shape", "MultiHeadAttention", "/output_shape", num_heads=1, key_dim=1, output_shape=[1] * 5)
broken(
    "_check_heads", "GroupQueryAttention", "/num_key_value_heads", head_dim=1, num_query_heads=3, num_key_value_heads=2
)
broken("_check_rate", "Phase", "/learning_rate", epochs=1, optimizer="sgd", learning_rate=0.1)
broken("_check_marks", "DialectSpec", "/thousands", thousands=",", decimal=",")
broken("_check_format", "ColumnDescription", "/format", type="text", format="%Y")
broken("_check_target", "DatasetDescription", "/target", target="a", columns={"a": {"type": "ignore"}})
broken("_check_dialect", "DatasetDescription", "/dialect", format="npz", dialect={"header": True})
broken("_check_range", "RandomContrast", "/value_range", factor=0.1, value_range=[1, 1])
broken("_check_kernel", "RandomGaussianBlur", "/kernel_size", kernel_size=[2, 3])
broken("_check_fill", "RandomErasing", "/fill_value", fill_value=[1.0, 2.0])
broken("_check_ways", "SplitSpec", "/group", stratify="a", group="b")
broken("_check_order", "OrdinalFeature", "/order", column="a", encoding="ordinal", order=["x", "x"])
broken("_check_parts", "DatePartsFeature", "/parts", column="a", encoding="date_parts", parts=["year", "year"])
broken("_check_inputs", "DatasetSpec", "/inputs", name="a", features=["b"], inputs={"c": ["d"]})
broken(
    "_check_validation", "DatasetSpec", "/split/validation", name="a", validation_from="b", split={"validation": 0.1}
)
broken("_check_epochs_of_phases", "TrainingSpec", "/epochs", loss="mse", phases=[{"epochs": 1}], epochs=2)
SOURCE = {"from": {"job": "job_" + 26 * "0"}}
broken("_check_stars", "InitialWeights", "/layers/a_*", **SOURCE, layers={"a_*": "a_*_*"})
broken("_check_continuation", "InitialWeights", "/layers", **SOURCE, layers={"a": "b"}, **{"continue": True})
broken(
    "_check_number_of_metrics",
    "TrainingSpec",
    "/weighted_metrics",
    loss="mse",
    metrics=["mse"] * 20,
    weighted_metrics=["mae"] * 20,
)


def test_every_rule_has_its_example() -> None:
    declared = {getattr(kind, name).__qualname__: name for kind in SECTIONS for name in kind._RULES}
    shown = {getattr(kind, rule.split(" of ")[0]).__qualname__ for rule, (kind, *_) in BROKEN.items()}
    assert shown == set(declared)


@pytest.mark.parametrize("rule", BROKEN)
def test_no_fault_of_a_field_hides_a_broken_rule(rule: str) -> None:
    kind, body, pointer = BROKEN[rule]
    alone = faults(kind, body)
    assert pointer in {fault.pointer for fault in alone}
    beside = faults(kind, {**body, "bogus": 1})
    assert {(fault.pointer, fault.message) for fault in beside} >= {(fault.pointer, fault.message) for fault in alone}
    assert "/bogus" in {fault.pointer for fault in beside}
    optional = {field.alias or name for name, field in kind.model_fields.items() if not field.is_required()}
    others = [name for name in names_of(kind) if name not in body and name in optional]
    for name in others:
        assert name in fields(faults(kind, {**body, name: {"no": [[]]}}))


def test_no_broken_rule_hides_another() -> None:
    body = {"clipnorm": 1.0, "clipvalue": 1.0, "learning_rate": CYCLE}
    for kind, pointer in (("SGD", "/momentum"), ("Adagrad", "/learning_rate/max_momentum")):
        (found,) = [one for one in SECTIONS if one.__name__ == kind]
        assert {fault.pointer for fault in faults(found, {**said(found), **body})} == {"/clipvalue", pointer}


NAMED: list[tuple[dict[str, Any], dict[str, str]]] = [
    (
        {"metrics": [{"type": "F1Score", "name": "loss", "bogus": 1, "threshold": [0.5]}]},
        {
            "/training/metrics/0/average": "one number per class",
            "/training/metrics/0/name": "Choose another name",
            "/training/metrics/0/bogus": "not a known field of `F1Score`",
            "/training/metrics/0/threshold": "list the metric several times",
        },
    ),
    ({"metrics": [{"type": "Recall", "thresholds": [0.3, 0.5]}]}, {"/training/metrics/0/thresholds": "several times"}),
    ({"class_weight": [1.0, 2.0]}, {"/training/class_weight": '{"0": 1.0, "1": 2.5}'}),
    ({"class_weight": "balance"}, {"/training/class_weight": '"balanced"'}),
    ({"weighted_metrics": "accuracy"}, {"/training/weighted_metrics": '["accuracy"]'}),
    (
        {"optimizer": {"type": "AdamW", "exclude_from_weight_decay": "bias"}},
        {"/training/optimizer/exclude_from_weight_decay": '"bias", "normalization"'},
    ),
    (
        {"optimizer": {"type": "AdamW", "exclude_from_weight_decay": ["größe"]}},
        {"/training/optimizer/exclude_from_weight_decay/0": "letters A to Z and a to z"},
    ),
    ({"class_weight": {"cat": 2.0}}, {"/training/class_weight/cat": "numbered from 0"}),
    ({"class_weight": {"٣": 2.0}}, {"/training/class_weight/٣": "numbered from 0"}),
    ({"metrics": "accuracy"}, {"/training/metrics": '["accuracy"]'}),
    ({"metrics": [{"type": "AUC", "name": "größe"}]}, {"/training/metrics/0/name": "letters A to Z and a to z"}),
    (
        {"optimizer": {"type": "Muon", "exclude_layers": ["größe"]}},
        {"/training/optimizer/exclude_layers/0": "letters A to Z and a to z"},
    ),
]


@pytest.mark.parametrize(("training", "expected"), NAMED)
def test_the_reason_is_told_where_the_type_would_hide_it(training: dict[str, Any], expected: dict[str, str]) -> None:
    told = {fault.pointer: fault.message for fault in check(job(**training)).faults}
    assert told.keys() == expected.keys()
    for pointer, words in expected.items():
        assert words in told[pointer]


def test_a_layers_name_says_which_letters() -> None:
    (fault,) = parse_network({"layers": [{"type": "Dense", "units": 1, "name": "größe"}]}).faults
    assert "letters A to Z and a to z" in fault.message


@pytest.mark.parametrize("query", [pytest.param(one, id=one.__name__) for one in subclasses(Query)])
def test_no_parameter_is_told_in_the_validators_words(query: type[Query]) -> None:
    for name in query.model_fields:
        for value in ("", "x", "1.5", "-1", "1e9", "9" * 5000, "2026", "2026-02-30T00:00:00Z", {}, {"": "x"}):
            try:
                query.model_validate({name: value})
            except ValidationError as error:
                for _, fault in query._explain(error):
                    assert_own(fault.message)
