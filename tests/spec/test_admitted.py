"""What TensorFlow cannot run is refused with the way out; `tests.trainer.ends` tries what is admitted."""

from typing import Any

import pytest

from spec.activations import ACTIVATION_NAMES
from tests.spec.jobs import check
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


def test_what_is_not_limited_takes_as_many_axes_as_a_shape_has() -> None:
    free = [{"type": "Activation", "activation": name} for name in ACTIVATION_NAMES if name not in LIMITED_ACTIVATIONS]
    others: list[Body] = [
        {"type": "Softmax"},
        {"type": "Dense", "units": 2},
        {"type": "BatchNormalization"},
        {"type": "Add", **BOTH},
    ]
    for layer in (*free, *others):
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
