"""What TensorFlow cannot run is refused with the way out; `tests.trainer.ends` tries what is admitted."""

from typing import Any

import pytest
from pydantic import ValidationError

from spec.catalog import catalog
from spec.language.declared import kinds
from spec.layers import Layer
from spec.metrics import Metric
from spec.networks.activations import ACTIVATION_NAMES
from spec.networks.constraints import Constraint
from spec.networks.initializers import Initializer
from spec.networks.regularizers import Regularizer
from spec.training.callbacks import Callback
from spec.training.losses import Loss
from spec.training.optimizers import Optimizer
from spec.training.schedules import Schedule
from tests.spec.jobs import check
from tests.trainer.end_values import declared
from tests.wording import faults_of_sentence

Body = dict[str, Any]
END = [{"type": "Flatten"}, {"type": "Dense", "units": 10, "activation": "softmax"}]
LARGEST = 1_048_576


def job(*layers: Body, **training: object) -> Body:
    said = {"loss": "sparse_categorical_crossentropy", **training}
    return {"dataset": "digits", "network": {"layers": [*layers, *END]}, "training": said}


def axes(count: int) -> Body:
    return {"type": "Reshape", "target_shape": [*[1] * (count - 1), 64], "name": "begin"}


BOTH = {"inputs": ["begin", "begin"]}
LIMITED_ACTIVATIONS = {
    *("relu", "relu6", "leaky_relu", "elu", "selu", "celu", "hard_silu", "hard_swish", "hard_sigmoid", "softsign"),
    *("hard_tanh", "hard_shrink", "soft_shrink", "sparse_plus", "sparse_sigmoid", "sparsemax"),
}
LIMITED: list[tuple[Body, str]] = [
    *(({"type": "Activation", "activation": name}, "/activation") for name in sorted(LIMITED_ACTIVATIONS)),
    ({"type": "Dense", "units": 2, "activation": "relu"}, "/activation"),
    *(({"type": kind}, "") for kind in ("ReLU", "LeakyReLU", "PReLU", "ELU", "UnitNormalization")),
    *(({"type": kind, **BOTH}, "") for kind in ("Maximum", "Minimum", "Concatenate")),
    ({"type": "Dropout", "rate": 0.5}, ""),
    ({"type": "Softmax", "axis": [-1, -2]}, "/axis"),
    ({"type": "Dot", "axes": -1, "normalize": True, **BOTH}, "/normalize"),
]


@pytest.mark.parametrize(("layer", "field"), LIMITED, ids=str)
def test_what_is_limited_to_eight_axes_is_refused_on_more(layer: Body, field: str) -> None:
    (fault,) = check(job(axes(8), layer)).faults
    assert (fault.pointer, fault.code) == (f"/network/layers/1{field}", "too_many_axes")
    assert "Reshape" in fault.message
    assert faults_of_sentence(fault.message) == []
    assert check(job(axes(7), layer)).faults == []


def test_what_is_not_limited_to_eight_axes_is_limited_to_twelve() -> None:
    free = [{"type": "Activation", "activation": name} for name in ACTIVATION_NAMES if name not in LIMITED_ACTIVATIONS]
    others: list[Body] = [
        {"type": "Softmax"},
        {"type": "Dense", "units": 2},
        {"type": "BatchNormalization"},
        {"type": "Add", **BOTH},
    ]
    for layer in (*free, *others):
        assert check(job(axes(11), layer)).faults == []
        (fault,) = check(job(axes(12), layer)).faults
        assert (fault.pointer, fault.code) == ("/network/layers/1", "too_many_axes")
        assert "at most 11 axes" in fault.message
    for layer in ({"type": "Flatten"}, {"type": "Reshape", "target_shape": [8, 8]}):
        assert check(job(axes(31), layer)).faults == []


@pytest.mark.parametrize("kind", ["Activation", "Dense", "Conv1D"])
def test_sparsemax_is_refused_in_float16(kind: str) -> None:
    needed = {"Dense": {"units": 2}, "Conv1D": {"filters": 2, "kernel_size": 1}}.get(kind, {})
    layer = {"type": kind, "activation": "sparsemax", **needed}
    (fault,) = check(job(layer, precision="mixed_float16")).faults
    assert (fault.pointer, fault.code) == ("/network/layers/0/activation", "activation_in_float16")
    assert faults_of_sentence(fault.message) == []
    assert check(job({**layer, "dtype": "float32"}, precision="mixed_float16")).faults == []
    assert check(job(layer, precision="mixed_bfloat16")).faults == []


RNN: Body = {"type": "SimpleRNN", "units": 2}
SPARSE: Body = {"type": "Dense", "units": 2, "activation": "sparsemax"}
EXACT: Body = {"dtype": "float32"}


@pytest.mark.parametrize(
    ("layer", "field", "code", "instead"),
    [
        ({**RNN, "activation": "sparsemax"}, "activation", "activation_in_float16", {**RNN, **EXACT}),
        (
            {"type": "LSTM", "units": 2, "recurrent_activation": "sparsemax"},
            "recurrent_activation",
            "activation_in_float16",
            {"type": "LSTM", "units": 2, "recurrent_activation": "sparsemax", **EXACT},
        ),
        (
            {"type": "Bidirectional", "layer": {**RNN, "activation": "sparsemax"}, **EXACT},
            "layer/activation",
            "activation_in_float16",
            {"type": "Bidirectional", "layer": {**RNN, "activation": "sparsemax", **EXACT}},
        ),
        (
            {"type": "TimeDistributed", "layer": {**SPARSE, **EXACT}},
            "layer/activation",
            "activation_in_float16",
            {"type": "TimeDistributed", "layer": SPARSE, **EXACT},
        ),
        (
            {"type": "Bidirectional", "layer": {"type": "GRU", "units": 2, "activity_regularizer": "l2"}},
            "layer/activity_regularizer",
            "penalty_in_half_precision",
            {"type": "Bidirectional", "layer": {"type": "GRU", "units": 2, "activity_regularizer": "l2", **EXACT}},
        ),
    ],
)
def test_what_half_precision_has_not_is_refused_in_recurrent_layers_and_in_those_that_are_held(
    layer: Body, field: str, code: str, instead: Body
) -> None:
    (fault,) = check(job(layer, precision="mixed_float16")).faults
    assert (fault.pointer, fault.code) == (f"/network/layers/0/{field}", code)
    assert faults_of_sentence(fault.message) == []
    assert check(job(instead, precision="mixed_float16")).faults == []


def test_layers_that_half_precision_makes_something_else_of_are_told() -> None:
    words: Body = {"type": "Embedding", "input_dim": 258, "output_dim": 2}
    row: Body = {"type": "Reshape", "target_shape": [64], "name": "row"}

    def codes(*layers: Body, precision: str = "mixed_bfloat16") -> list[tuple[str, str]]:
        advice = check(job(*layers, precision=precision)).advice
        assert [fault for one in advice for fault in faults_of_sentence(one.message)] == []
        return [(one.pointer, one.code) for one in advice if one.code in {"numbers_rounded", HELD_EXACT}]

    assert codes(row, words) == [("/network/layers/1", "numbers_rounded")]
    assert codes(row, {"type": "Permute", "dims": [1], **EXACT}, words) == [("/network/layers/2", "numbers_rounded")]
    assert codes(row, {**words, "inputs": ["row"]}) == [("/network/layers/1/inputs", "numbers_rounded")]
    assert codes({**row, **EXACT}, words) == codes(row, {**words, "input_dim": 257}) == codes(words) == []
    assert codes(row, words, precision="mixed_float16") == codes(row, words, precision="float32") == []
    each: Body = {"type": "TimeDistributed", "layer": {"type": "Dense", "units": 2, **EXACT}}
    assert codes(each) == [("/network/layers/0/layer/dtype", HELD_EXACT)]
    assert codes({**each, **EXACT}) == codes(each, precision="float32") == []
    assert codes({"type": "TimeDistributed", "layer": {**RNN, **EXACT}}) == []


HELD_EXACT = "held_dtype_without_effect"

VOLUME = {"type": "Reshape", "target_shape": [4, 4, 2, 2]}
POOLS: dict[str, Body] = {
    "MaxPooling3D": {},
    "AveragePooling3D": {"pool_size": 2},
    "AdaptiveMaxPooling3D": {"output_size": [3, 3, 2]},
    "AdaptiveAveragePooling3D": {"output_size": [3, 3, 2]},
}


@pytest.mark.parametrize("kind", POOLS)
def test_volumes_are_not_pooled_in_float16_where_a_cpu_may_have_to(kind: str) -> None:
    """TensorFlow has no such kernel."""
    layer = {"type": kind, **POOLS[kind]}
    body = job(VOLUME, layer, precision="mixed_float16")
    (fault,) = check(body).faults
    assert (fault.pointer, fault.code) == ("/network/layers/1/type", "layer_in_float16")
    assert faults_of_sentence(fault.message) == []
    assert check(body | {"resources": {"accelerator": "gpu"}}).faults == []
    assert check(job(VOLUME, {**layer, "dtype": "float32"}, precision="mixed_float16")).faults == []
    assert check(job(VOLUME, layer, precision="mixed_bfloat16")).faults == []


IMAGE = {"type": "Reshape", "target_shape": [8, 8, 1]}
DILATED: list[list[Body]] = [
    [{"type": "Conv1D", "filters": 2}],
    [IMAGE, {"type": "Conv2D", "filters": 2}],
    [{"type": "DepthwiseConv1D"}],
    [IMAGE, {"type": "DepthwiseConv2D", "depth_multiplier": 2}],
    [{"type": "SeparableConv1D", "filters": 2}],
    [IMAGE, {"type": "SeparableConv2D", "filters": 2, "depth_multiplier": 2}],
]


@pytest.mark.parametrize("layers", DILATED, ids=str)
@pytest.mark.parametrize("window", [{"kernel_size": 1}, {"kernel_size": 3, "padding": "same"}])
def test_what_a_dilation_pads_counts_as_memory(layers: list[Body], window: Body) -> None:
    *before, layer = layers
    near, far = (job(*before, {**layer, **window, "dilation_rate": rate}) for rate in (1, LARGEST))
    assert check(near).faults == []
    (fault,) = check(far, memory_bytes=2**30).faults
    assert fault.code == "memory_limit"
    summary = check(job(*before, {**layer, **window, "dilation_rate": 100})).summary
    assert summary is not None
    assert summary.memory.activations_bytes > 32 * 4 * 2 * 100


@pytest.mark.parametrize("kind", ["CosineSimilarity", "Dice", "Tversky"])
@pytest.mark.parametrize("axis", [0, -2])
@pytest.mark.parametrize("weights", ["balanced", {"0": 2.0}])
def test_rows_have_no_weight_in_a_loss_along_the_rows(kind: str, axis: int, weights: object) -> None:
    loss = {"type": kind, "axis": axis}
    (fault,) = check(job(loss=loss, class_weight=weights)).faults
    assert (fault.pointer, fault.code) == ("/training/class_weight", "loss_across_rows")
    assert faults_of_sentence(fault.message) == []
    assert check(job(loss=loss)).faults == []
    assert check(job(loss={**loss, "axis": -1}, class_weight=weights)).faults == []


@pytest.mark.parametrize("kind", ["CosineSimilarity", "PearsonCorrelation", "ConcordanceCorrelation"])
@pytest.mark.parametrize("axis", [0, -2])
def test_rows_have_no_weight_in_a_metric_along_the_rows(kind: str, axis: int) -> None:
    metric = {"type": kind, "axis": axis}
    said: Body = {"loss": "categorical_crossentropy", "class_weight": "balanced"}
    (fault,) = check(job(weighted_metrics=[metric], **said)).faults
    assert (fault.pointer, fault.code) == ("/training/weighted_metrics/0/axis", "metric_across_rows")
    assert faults_of_sentence(fault.message) == []
    for others in ({"metrics": [metric]}, {"weighted_metrics": [{"type": kind}]}):
        assert check(job(**others, **said)).faults == []
    assert check(job(weighted_metrics=[metric], loss="categorical_crossentropy")).faults == []


def test_rows_have_no_weight_in_a_metric_of_single_units() -> None:
    said: Body = {"loss": "categorical_crossentropy", "class_weight": "balanced"}
    (fault,) = check(job(weighted_metrics=[{"type": "BinaryIoU"}], **said)).faults
    assert (fault.pointer, fault.code) == ("/training/weighted_metrics/0", "metric_of_units")
    assert faults_of_sentence(fault.message) == []
    instead = {"type": "OneHotMeanIoU", "num_classes": 10}
    assert check(job(metrics=[{"type": "BinaryIoU"}], weighted_metrics=[instead], **said)).faults == []


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("field", ["metrics", "weighted_metrics"])
@pytest.mark.parametrize(
    ("metric", "loss"),
    [
        ("top_k_categorical_accuracy", "categorical_crossentropy"),
        ({"type": "TopKCategoricalAccuracy", "k": 2}, "categorical_crossentropy"),
        ({"type": "SparseTopKCategoricalAccuracy", "k": 2}, "sparse_categorical_crossentropy"),
    ],
)
def test_the_greatest_outputs_are_looked_for_in_float32(precision: str, field: str, metric: object, loss: str) -> None:
    body = job(loss=loss, precision=precision, **{field: [metric]})
    (fault,) = check(body).faults
    assert (fault.pointer, fault.code) == (f"/training/{field}/0", "metric_in_half_precision")
    assert faults_of_sentence(fault.message) == []
    body["network"]["layers"] = [END[0], {**END[1], "dtype": "float32"}]
    assert check(body).faults == []


def floats(argument: Any) -> bool:  # noqa: ANN401 (any JSON Schema)
    """Whether a number without an upper end may be said."""
    options = argument.get("anyOf", argument.get("oneOf", [argument]))
    return any(
        one.get("type") == "number" and one.get("maximum", one.get("exclusiveMaximum")) is None for one in options
    )


FAMILIES = (
    *("layers", "initializers", "regularizers", "constraints", "optimizers", "schedules", "losses", "metrics"),
    "callbacks",
)
UNBOUNDED = [
    (family, kind, argument["name"])
    for family in FAMILIES
    for kind in catalog()[family]["kinds"]
    for argument in kind["arguments"]
    if floats(argument)
]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_number_that_float32_cannot_hold_is_refused_wherever_a_network_computes_with_it(family: str) -> None:
    asked = [(kind, name) for one, kind, name in UNBOUNDED if one == family]
    assert asked
    for kind, name in asked:
        lines = refused(family, declared(kind, **{name: 1e39}))
        assert [line for line in lines if line[0] == name and "float32" in line[1]] != [], (kind["type"], name)
        assert all(faults_of_sentence(line[1]) == [] for line in lines if "float32" in line[1])
        assert [line for line in refused(family, declared(kind, **{name: 3e38})) if "float32" in line[1]] == []


def refused(family: str, said: Body) -> list[tuple[str, str]]:
    """Fields and what is said of them."""
    bases = {
        "layers": Layer, "initializers": Initializer, "regularizers": Regularizer, "constraints": Constraint,
        "optimizers": Optimizer, "schedules": Schedule, "losses": Loss, "metrics": Metric,
        "callbacks": Callback,
    }  # fmt: skip
    try:
        kinds(bases[family])[said["type"]].model_validate(said)
    except ValidationError as error:
        return [(str(line["loc"][0]), line["msg"]) for line in error.errors()]
    return []
