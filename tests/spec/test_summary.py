"""Summaries: the notebook's networks to the number, estimates against Keras, and the warnings."""

import re
import statistics
import time
from typing import Any

import keras
import pytest
from keras.src.utils.summary_utils import print_summary

from api.jobs.examples import NOTEBOOK_LAYERS
from spec.datasets.choice import DatasetSpec
from spec.networks.inference import infer, infer_layers
from spec.networks.memory import demand_of
from spec.networks.networks import NetworkSpec, parse_network
from spec.networks.summary import Incomplete, NetworkSummary, summarize
from spec.signals import probe_rows
from worker.trainer.network.build import build_network

IMAGE = (28, 28)
NETWORK: dict[str, Any] = {"layers": NOTEBOOK_LAYERS}
CONVOLUTIONAL: dict[str, Any] = {
    "layers": [
        {"type": "Reshape", "target_shape": [28, 28, 1]},
        {"type": "Conv2D", "filters": 8, "kernel_size": 3, "activation": "relu"},
        {"type": "MaxPooling2D"},
        {"type": "Dropout", "rate": 0.2},
        {"type": "Flatten"},
        {"type": "Dense", "units": 10, "trainable": False},
    ]
}


def summary(body: dict[str, Any], shape: tuple[int, ...] = IMAGE, **more: int) -> NetworkSummary:
    return summarize(infer(NetworkSpec.model_validate(body), shape), **more)


def warnings(*layers: dict[str, Any], shape: tuple[int, ...] = IMAGE) -> list[tuple[str, str]]:
    """Pointer and code of every warning."""
    return [(one.pointer, one.code) for one in summary({"layers": list(layers)}, shape).warnings]


def test_the_notebooks_network_is_told_to_the_number() -> None:
    told = summary(NETWORK)
    assert [layer.parameters for layer in told.layers] == [0, 3136, 235500, 1200, 30100, 400, 1010]
    assert (told.total_parameters, told.trainable_parameters, told.non_trainable_parameters) == (271346, 268978, 2368)
    assert [layer.output_shape for layer in told.layers] == [
        [None, size] for size in (784, 784, 300, 300, 100, 100, 10)
    ]
    assert [layer.name for layer in told.layers] == [
        "flatten",
        "batch_normalization",
        "dense",
        "batch_normalization_1",
        "dense_1",
        "batch_normalization_2",
        "dense_2",
    ]
    assert [(one.path, one.shape, one.trainable) for one in told.layers[1].variables] == [
        ("batch_normalization/gamma", [784], True),
        ("batch_normalization/beta", [784], True),
        ("batch_normalization/moving_mean", [784], False),
        ("batch_normalization/moving_variance", [784], False),
    ]
    assert (told.input_shape, told.output_shape) == ([None, 28, 28], [None, 10])
    assert told.warnings == []


@pytest.mark.parametrize("body", [NETWORK, CONVOLUTIONAL])
def test_it_tells_what_keras_prints(body: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    told = summary(body)
    keras.utils.clear_session(free_memory=False)
    lines: list[str] = []
    model = build_network(NetworkSpec.model_validate(body), IMAGE, seed=1)
    print_summary(model, print_fn=lines.append, line_length=200)
    printed = "\n".join(lines)
    for layer in told.layers:
        shape = "(None, " + ", ".join(str(size) for size in layer.output_shape[1:]) + ")"
        row = rf"{layer.name} \({layer.type}\)\W*{re.escape(shape)}\W*{layer.parameters:,}\W*$"
        assert re.search(row, printed, re.MULTILINE), row
    assert f"Total params: {told.total_parameters:,}" in printed
    assert f"Trainable params: {told.trainable_parameters:,}" in printed
    assert f"Non-trainable params: {told.non_trainable_parameters:,}" in printed


def test_the_estimates_are_sums_that_can_be_done_by_hand() -> None:
    told = summary({"layers": [{"type": "Dense", "units": 3}]}, (2,), batch_size=10, optimizer_slots=2)
    assert told.flops == 3 * (2 * 2 + 1)
    assert told.training_flops == 3 * told.flops
    assert told.memory.parameters_bytes == 9 * 4
    assert told.memory.gradients_bytes == 9 * 4
    assert told.memory.optimizer_bytes == 2 * 9 * 4
    assert told.memory.activations_bytes == 10 * (2 + 3) * 4
    assert told.memory.total_bytes == (9 + 9 + 18 + 50) * 4


def test_the_work_of_the_notebooks_dense_layers_is_two_operations_a_weight() -> None:
    dense = [layer for layer in summary(NETWORK).layers if layer.type == "Dense"]
    for layer, (inputs, units) in zip(dense, [(784, 300), (300, 100), (100, 10)], strict=True):
        assert layer.flops == 2 * inputs * units + 2 * units


def test_frozen_layers_and_unused_ones_are_counted_as_what_they_are() -> None:
    told = summary(
        {
            "layers": [
                {"type": "Dense", "units": 2, "name": "aside"},
                {"type": "Dense", "units": 3, "inputs": ["input"], "trainable": False},
                {"type": "Dense", "units": 4},
            ]
        },
        (5,),
    )
    assert [layer.is_used for layer in told.layers] == [False, True, True]
    assert [layer.connected_to for layer in told.layers] == [["input"], ["input"], ["dense"]]
    assert (told.total_parameters, told.trainable_parameters) == (18 + 16, 16)
    assert [(one.pointer, one.code) for one in told.warnings] == [("/layers/0", "unused_layer")]


def test_a_network_with_faults_has_no_summary() -> None:
    parsed = parse_network({"layers": [{"type": "Dence"}, {"type": "Dense", "units": 3}]})
    with pytest.raises(Incomplete):
        summarize(infer_layers(parsed.layers, IMAGE, parsed.wiring))


SELU = {"type": "Dense", "units": 8, "activation": "selu", "kernel_initializer": "lecun_normal"}
NORMALIZED = {"type": "BatchNormalization"}


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        ([SELU], []),
        ([{**SELU, "kernel_initializer": {"type": "LecunNormal", "seed": 1}}], []),
        (
            [{**SELU, "kernel_initializer": "he_normal"}],
            [("/layers/0/kernel_initializer", "selu_without_lecun_normal")],
        ),
        ([{"type": "Dense", "units": 8, "activation": "selu"}], [("/layers/0", "selu_without_lecun_normal")]),
        (
            [{"type": "Dense", "units": 8}, {"type": "Activation", "activation": "selu"}],
            [("/layers/0", "selu_without_lecun_normal")],
        ),
        ([SELU, {"type": "Dropout", "rate": 0.1}], [("/layers/1/type", "selu_with_dropout")]),
        ([SELU, {"type": "AlphaDropout", "rate": 0.1}], []),
        (
            [{"type": "Dense", "units": 8, "activation": "elu"}, {"type": "AlphaDropout", "rate": 0.1}],
            [("/layers/1/type", "alpha_dropout_without_selu")],
        ),
        ([{"type": "Dense", "units": 8}, NORMALIZED], [("/layers/0", "bias_before_batch_normalization")]),
        (
            [{"type": "Dense", "units": 8, "use_bias": True}, NORMALIZED],
            [("/layers/0/use_bias", "bias_before_batch_normalization")],
        ),
        (
            [{"type": "Conv1D", "filters": 8, "kernel_size": 3}, NORMALIZED],
            [("/layers/0", "bias_before_batch_normalization")],
        ),
        ([{"type": "Dense", "units": 8, "use_bias": False}, NORMALIZED], []),
        ([{"type": "Dense", "units": 8, "activation": "elu"}, NORMALIZED], []),
        ([{"type": "Dense", "units": 8}, {"type": "Dropout", "rate": 0.1}, NORMALIZED], []),
        ([{"type": "Dense", "units": 8}, {**NORMALIZED, "axis": 1}], []),
        ([{"type": "Dense", "units": 8}, {**NORMALIZED, "trainable": False}], []),
        ([{"type": "Dense", "units": 8}, NORMALIZED, {"type": "Add", "inputs": ["dense", "batch_normalization"]}], []),
        ([{"type": "Dense", "units": 1, "activation": "softmax"}], [("/layers/0/activation", "softmax_of_one")]),
        ([{"type": "Dense", "units": 1}, {"type": "Softmax"}], [("/layers/1", "softmax_of_one")]),
        ([{"type": "Dense", "units": 1}, {"type": "Softmax", "axis": 1}], []),
        ([{"type": "Dense", "units": 1, "activation": "sigmoid"}], []),
    ],
)
def test_what_a_network_would_better_not_say_is_told(layers: list[dict[str, Any]], told: list[tuple[str, str]]) -> None:
    assert warnings(*layers) == told


def test_a_bias_before_a_batch_normalization_does_nothing_indeed() -> None:
    """What the warning says: two networks that differ in that bias alone give the same numbers."""
    body = {"layers": [{"type": "Dense", "units": 3}, {"type": "BatchNormalization"}]}
    keras.utils.clear_session(free_memory=False)
    model = build_network(NetworkSpec.model_validate(body), (4,), seed=1)
    rows = keras.random.normal((6, 4), seed=2)
    without = model(rows, training=True)
    model.layers[0].bias.assign([1.0, -2.0, 3.0])
    assert keras.ops.max(keras.ops.abs(model(rows, training=True) - without)) < 1e-5


def test_reading_and_summarizing_take_milliseconds() -> None:
    def milliseconds(body: dict[str, Any]) -> float:
        times: list[float] = []
        for _ in range(7):
            started = time.process_time()
            summary(body)
            times.append((time.process_time() - started) * 1000)
        return statistics.median(times)

    deep = {"layers": [{"type": "Flatten"}, *[{**SELU, "kernel_regularizer": {"type": "L2", "l2": 0.01}}] * 300]}
    assert milliseconds(NETWORK) < 5
    assert milliseconds(deep) < 100


def test_the_rows_of_the_signals_are_counted_where_they_take_more_than_a_batch() -> None:
    network = NetworkSpec.model_validate({"layers": [{"type": "Dense", "units": 3}]})
    inferred = infer(network, (2,))
    plain = summarize(inferred, batch_size=100).memory
    assert plain.signals_bytes == 0
    assert probe_rows(inferred, 100) == 128
    measured = summarize(inferred, batch_size=100, probe_rows=128).memory
    # Its rows; what it keeps of more rows than a batch; the first weights, and those ahead of a step.
    assert measured.signals_bytes == 4 * (128 * 2 + 28 * (2 + 3) + 2 * 9)
    assert measured.total_bytes == plain.total_bytes + measured.signals_bytes
    assert summarize(inferred, batch_size=1000, probe_rows=128).memory.signals_bytes == 4 * (128 * 2 + 2 * 9)
    # While the first ones are kept there are none of a best epoch yet.
    validated = summarize(inferred, batch_size=1000, probe_rows=128, has_validation=True).memory
    assert validated.signals_bytes == 4 * (128 * 2 + 9)


def test_the_weights_of_the_best_epoch_are_counted_where_there_are_validation_rows() -> None:
    network = NetworkSpec.model_validate({"layers": [{"type": "Dense", "units": 3}, {"type": "BatchNormalization"}]})
    inferred = infer(network, (2,))
    plain = summarize(inferred).memory
    kept = summarize(inferred, has_validation=True).memory
    assert plain.best_weights_bytes == 0
    assert kept.best_weights_bytes == kept.parameters_bytes == 4 * (2 * 3 + 3 + 4 * 3)
    assert kept.total_bytes == plain.total_bytes + kept.parameters_bytes
    split = DatasetSpec.model_validate({"name": "iris", "split": {"validation": 0.2}})
    held_back = demand_of({}, inferred, dataset=split), demand_of({"validation_split": 0.1}, inferred)
    assert [demand.has_validation for demand in held_back] == [True, True]
    assert not demand_of({}, inferred).has_validation


def test_a_large_networks_signals_are_measured_on_no_more_rows_than_a_batch() -> None:
    network = NetworkSpec.model_validate({"layers": [{"type": "Dense", "units": 1_000_000}]})
    inferred = infer(network, (2,))
    assert [probe_rows(inferred, batch_size) for batch_size in (1, 4, 32, 1000)] == [8, 8, 32, 128]
