"""Layers of sequences: what becomes of masks, and what is said of layers that cannot be."""

from typing import Any

import pytest

from spec.language.declared import kinds
from spec.layers import Layer
from spec.layers.recurrent import StepReader
from spec.layers.spectral import NORMALIZED
from spec.layers.wrappers import RECURRENT
from spec.networks.inference import infer_layers
from spec.networks.networks import NetworkSpec, parse_network
from spec.networks.summary import NetworkSummary, summarize
from tests.spec.jobs import assert_readable

Body = dict[str, Any]
SHAPE = (6, 3)
MASKING: Body = {"type": "Masking"}
WORDS: Body = {"type": "Embedding", "input_dim": 9, "output_dim": 4, "mask_zero": True}
DENSE: Body = {"type": "Dense", "units": 2}
FLATTEN: Body = {"type": "Flatten"}
LSTM: Body = {"type": "LSTM", "units": 3}
STEPS: Body = {**LSTM, "return_sequences": True}
MEAN: Body = {"type": "GlobalAveragePooling1D"}
CONV: Body = {"type": "ConvLSTM1D", "filters": 2, "kernel_size": 2, "return_sequences": True}
EACH: Body = {"type": "TimeDistributed", "layer": {"type": "Reshape", "target_shape": [3, 1]}}


def around(*held: Body, kind: str = "Bidirectional", **more: object) -> Body:
    return {"type": kind, **dict(zip(("layer", "backward_layer"), held, strict=False)), **more}


def told(*layers: Body, shape: tuple[int, ...] = SHAPE) -> NetworkSummary:
    network = NetworkSpec.model_validate({"layers": list(layers)})
    inferred = infer_layers(network.layers, shape)
    assert inferred.faults == []
    return summarize(inferred)


@pytest.mark.parametrize(
    ("layers", "roles"),
    [
        ([MASKING, DENSE, LSTM, DENSE], ["made", "carried", "used", None]),
        ([MASKING, STEPS, {"type": "Activation", "activation": "relu"}, MEAN], ["made", "used", "carried", "used"]),
        ([{**WORDS, "mask_zero": False}, LSTM], [None, None]),
        ([WORDS, FLATTEN, DENSE], ["made", "lost", None]),
        ([MASKING, {"type": "Conv1D", "filters": 2, "kernel_size": 2}, LSTM], ["made", "lost", None]),
        ([MASKING, {"type": "RMSNormalization"}], ["made", "lost"]),
        ([MASKING, {"type": "BatchNormalization"}, {"type": "GlobalMaxPooling1D"}], ["made", "used", "lost"]),
        ([MASKING, around(STEPS), around(DENSE, kind="TimeDistributed"), LSTM], ["made", "used", "carried", "used"]),
        ([MASKING, around({"type": "BatchNormalization"}, kind="TimeDistributed")], ["made", "used"]),
        (
            [MASKING, {**DENSE, "name": "a"}, DENSE, {"type": "Add", "inputs": ["a", "dense"]}],
            ["made"] + ["carried"] * 3,
        ),
        ([{**MASKING, "name": "m"}, {"type": "Add", "inputs": ["m", "input"]}], ["made", "lost"]),
        ([{**MASKING, "name": "m"}, {"type": "Concatenate", "inputs": ["m", "input"]}], ["made", "carried"]),
        ([DENSE, WORDS, MASKING], [None, "made", "made"]),
        ([MASKING, EACH, CONV, around({**CONV, "return_sequences": False})], ["made", "carried", "used", "used"]),
        (
            [
                MASKING,
                {"type": "SinePositionEncoding"},
                {"type": "PositionEmbedding"},
                {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 2},
                {"type": "EinsumDense", "equation": "abc,cd->abd", "output_shape": [SHAPE[0], 2]},
            ],
            ["made", "carried", "carried", "used", "lost"],
        ),
        ([{**MASKING, "name": "m"}, {"type": "Attention", "inputs": ["input", "m"]}, MEAN], ["made", "used", None]),
        ([{**MASKING, "name": "m"}, {"type": "Attention", "inputs": ["input", "input", "m"]}], ["made", "lost"]),
    ],
)
def test_what_each_layer_does_to_a_mask(layers: list[Body], roles: list[str | None]) -> None:
    shape = SHAPE[:1] if layers[0]["type"] == "Embedding" else SHAPE
    assert [layer.mask for layer in told(*layers, shape=shape).layers] == roles


@pytest.mark.parametrize(
    ("layers", "advice"),
    [
        ([MASKING, DENSE, FLATTEN], [("/layers/2", "lost_mask")]),
        ([MASKING, {"type": "Conv1D", "filters": 2, "kernel_size": 2}, LSTM], [("/layers/1", "lost_mask")]),
        ([MASKING, STEPS, DENSE, FLATTEN], []),
        ([MASKING, STEPS, FLATTEN], []),
        ([MASKING, LSTM], []),
        ([MASKING, MEAN], [("/layers/1", "mean_of_masked_steps")]),
        ([DENSE, WORDS, FLATTEN], [("/layers/1", "embedding_of_computed_numbers"), ("/layers/2", "lost_mask")]),
        ([{"type": "Dropout", "rate": 0.1}, {**WORDS, "mask_zero": False}], []),
        (
            [around(DENSE, kind="SpectralNormalization", trainable=False)],
            [("/layers/0/trainable", "normalized_though_frozen")],
        ),
    ],
)
def test_a_mask_that_is_lost_unheard_is_advised_on(layers: list[Body], advice: list[tuple[str, str]]) -> None:
    warnings = told(*layers).warnings
    assert sorted((one.pointer, one.code) for one in warnings) == sorted(advice)
    assert_readable(warnings)


TILED: Body = {"type": "RepeatVector", "n": 400}
FOUR_HUNDRED = around(DENSE, kind="TimeDistributed")
TWO = around({"type": "GRU", "units": 2}, {"type": "GRU", "units": 2})
BACK: Body = {"type": "GRU", "units": 2, "go_backwards": True}


@pytest.mark.parametrize(
    ("layers", "pointer", "code"),
    [
        ([{**LSTM, "stateful": True}], "/layers/0/stateful", "not_offered"),
        ([{**LSTM, "return_state": True}], "/layers/0/return_state", "not_offered"),
        ([{**LSTM, "use_cudnn": True}], "/layers/0/use_cudnn", "literal_error"),
        ([{**LSTM, "implementation": 2}], "/layers/0/implementation", "retired_field"),
        ([{**LSTM, "inner_activation": "tanh"}], "/layers/0/inner_activation", "retired_field"),
        (
            [{**LSTM, "bias_initializer": "identity"}],
            "/layers/0/bias_initializer",
            "wrong_shape_for_variable",
        ),
        (
            [around({**LSTM, "bias_initializer": "orthogonal"})],
            "/layers/0/layer/bias_initializer",
            "wrong_shape_for_variable",
        ),
        ([around({**LSTM, "stateful": True})], "/layers/0/layer/stateful", "not_offered"),
        ([around(DENSE)], "/layers/0/layer/type", "unfit_layer"),
        ([around({"type": "LSTMCell"})], "/layers/0/layer/type", "layer_left_out"),
        ([around({"units": 3})], "/layers/0/layer/type", "missing"),
        ([around(LSTM, merge_mode=None)], "/layers/0/merge_mode", "literal_error"),
        ([around({**LSTM, "go_backwards": True})], "/layers/0/layer/go_backwards", "same_direction"),
        ([TWO], "/layers/0/backward_layer", "same_direction"),
        ([around({"type": "GRU", "units": 3}, BACK)], "/layers/0/backward_layer/units", "unlike_layers"),
        (
            [around({**BACK, "go_backwards": False, "return_sequences": True}, BACK)],
            "/layers/0/backward_layer/return_sequences",
            "unlike_layers",
        ),
        (
            [around({"type": "GRU", "units": 2, "name": "a"}, {**BACK, "name": "forward_a"})],
            "/layers/0/backward_layer",
            "duplicate_name",
        ),
        ([around({**LSTM, "inputs": ["input"]})], "/layers/0/layer/inputs", "held_inputs"),
        ([around({**LSTM, "trainable": False})], "/layers/0/layer/trainable", "held_trainable"),
        ([around(WORDS, kind="TimeDistributed")], "/layers/0/layer/type", "unfit_layer"),
        ([around({"type": "Add"}, kind="TimeDistributed")], "/layers/0/layer/type", "unfit_layer"),
        (
            [around({**DENSE, "activity_regularizer": "l2"}, kind="TimeDistributed")],
            "/layers/0/layer/activity_regularizer",
            "uncounted_penalty",
        ),
        (
            [{"type": "SimpleRNN", "units": 2, "activity_regularizer": "l2"}],
            "/layers/0/activity_regularizer",
            "uncounted_penalty",
        ),
        (
            [around({"type": "Flatten"}, kind="TimeDistributed"), FLATTEN, around(DENSE, kind="TimeDistributed")],
            "/layers/2",
            "wrong_rank",
        ),
        (
            [around({"type": "Conv2D", "filters": 1, "kernel_size": 1}, kind="TimeDistributed")],
            "/layers/0/layer",
            "wrong_rank",
        ),
        (
            [FLATTEN, {"type": "RepeatVector", "n": 1001}, {**LSTM, "unroll": True}],
            "/layers/2/unroll",
            "too_many_steps",
        ),
        (
            [FLATTEN, {"type": "RepeatVector", "n": 1001}, around(DENSE, kind="TimeDistributed")],
            "/layers/2",
            "too_many_steps",
        ),
        (
            [FLATTEN, {"type": "RepeatVector", "n": 400}, around({**LSTM, "unroll": True}), TILED, FOUR_HUNDRED],
            "/layers/4",
            "too_many_steps",
        ),
        (
            [
                FLATTEN,
                {"type": "RepeatVector", "n": 1000},
                {"type": "Reshape", "target_shape": [50, 20, 18]},
                around(around({**LSTM, "unroll": True}), kind="TimeDistributed"),
            ],
            "/layers/3",
            "too_many_steps",
        ),
        (
            [
                {"type": "Reshape", "target_shape": [3, 6, 1]},
                around({"type": "Conv1D", "filters": 1, "kernel_size": 7}, kind="TimeDistributed"),
            ],
            "/layers/1/layer/kernel_size",
            "window_too_large",
        ),
        ([MASKING, {"type": "Softmax"}], "/layers/1", "mask_shape"),
        ([around(around(LSTM))], "/layers/0/layer/type", "unfit_layer"),
        ([around(around(DENSE, kind="TimeDistributed"))], "/layers/0/layer/type", "unfit_layer"),
        ([EACH, {**CONV, "stateful": True}], "/layers/1/stateful", "not_offered"),
        ([EACH, {**CONV, "kernel_size": 4}], "/layers/1/kernel_size", "window_too_large"),
        ([EACH, {**CONV, "strides": 2, "dilation_rate": 2}], "/layers/1/dilation_rate", "strided_dilation"),
        ([{**CONV, "nb_filter": 3}], "/layers/0/nb_filter", "retired_field"),
        ([CONV], "/layers/0", "wrong_rank"),
        (
            [EACH, around(CONV, {**CONV, "kernel_size": 1, "go_backwards": True})],
            "/layers/1/backward_layer",
            "unlike_layers",
        ),
        (
            [EACH, around(CONV, {**CONV, "filters": 1, "go_backwards": True})],
            "/layers/1/backward_layer/filters",
            "unlike_layers",
        ),
        ([EACH, around(CONV, {**BACK, "return_sequences": True})], "/layers/1/backward_layer", "wrong_rank"),
        ([around(LSTM, kind="SpectralNormalization")], "/layers/0/layer/type", "unfit_layer"),
        (
            [around(around(DENSE, kind="SpectralNormalization"), kind="SpectralNormalization")],
            "/layers/0/layer/type",
            "unfit_layer",
        ),
        ([around(WORDS, kind="SpectralNormalization")], "/layers/0/layer/mask_zero", "mask_at_normalized"),
        ([MASKING, around(DENSE, kind="SpectralNormalization")], "/layers/1", "mask_at_normalized"),
        ([FLATTEN, {"type": "LSTM", "units": 2}], "/layers/1", "wrong_rank"),
        ([{"type": "CuDNNLSTM", "units": 2}], "/layers/0/type", "unknown_layer"),
    ],
)
def test_what_cannot_be_is_told_at_its_place(layers: list[Body], pointer: str, code: str) -> None:
    parsed = parse_network({"layers": layers})
    faults = parsed.faults or infer_layers(parsed.layers, SHAPE, parsed.wiring).faults
    assert [(fault.pointer, fault.code) for fault in faults] == [(pointer, code)]
    assert_readable(faults)


def test_a_mask_of_another_shape_is_refused_where_it_would_be_used() -> None:
    layers = [MASKING, around({**LSTM, "units": 2}, kind="TimeDistributed"), {"type": "BatchNormalization"}]
    parsed = parse_network({"layers": layers})
    (fault,) = infer_layers(parsed.layers, (4, 3, 2), parsed.wiring).faults
    assert (fault.pointer, fault.code) == ("/layers/2", "mask_shape")
    assert_readable([fault])


@pytest.mark.parametrize(
    ("said", "is_told"),
    [({"padding": "same"}, False), ({}, True), ({"padding": "same", "unroll": True}, True)],
)
def test_a_mask_of_places_is_used_where_the_output_has_the_same(said: Body, *, is_told: bool) -> None:
    parsed = parse_network({"layers": [MASKING, {**CONV, **said}]})
    inferred = infer_layers(parsed.layers, (4, 3, 2), parsed.wiring)
    assert [(fault.pointer, fault.code) for fault in inferred.faults] == [("/layers/1", "mask_shape")] * is_told
    assert_readable(inferred.faults)
    if not is_told:
        assert [masked.mask for masked in inferred.masks] == [(4, 3), (4, 3)]


def test_what_a_layer_can_hold_is_known_of_every_kind() -> None:
    """Of those as well that are declared later, which hold layers themselves."""
    assert {name for name in kinds(Layer) if name not in RECURRENT.unfit} == {*kinds(StepReader)}
    assert {"ConvLSTM2D", "LSTM"} < {*kinds(StepReader)}
    convolutions = {f"Conv{sides}D{end}" for sides in (1, 2, 3) for end in ("", "Transpose")}
    with_a_kernel = {"Dense", "EinsumDense", "Embedding", "DepthwiseConv1D", "DepthwiseConv2D", *convolutions}
    assert {name for name in kinds(Layer) if name not in NORMALIZED.unfit} == with_a_kernel


def test_a_mask_along_axes_that_are_not_attended_over_is_refused() -> None:
    heads: Body = {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 2, "inputs": ["masking", "input"]}
    parsed = parse_network({"layers": [MASKING, heads]})
    (fault,) = infer_layers(parsed.layers, (4, 3, 2), parsed.wiring).faults
    assert (fault.pointer, fault.code) == ("/layers/1/inputs", "mask_shape")
    assert_readable([fault])
    parsed = parse_network({"layers": [MASKING, {**heads, "attention_axes": 2}]})
    assert infer_layers(parsed.layers, (4, 3, 2), parsed.wiring).faults == []


def test_defaults_reach_the_layers_that_others_hold() -> None:
    defaults = {"LSTM": {"units": 5, "return_sequences": True}}
    network = NetworkSpec.model_validate({"defaults": defaults, "layers": [around({"type": "LSTM", "units": 2}), LSTM]})
    assert [layer.output_shape for layer in summarize(infer_layers(network.layers, SHAPE)).layers] == [
        [None, 6, 4],
        [None, 6, 3],
    ]
    stored = network.model_dump(mode="json", exclude_unset=True)
    assert stored == {"defaults": defaults, "layers": [around({"type": "LSTM", "units": 2}), LSTM]}
    assert NetworkSpec.model_validate(stored) == network
    wrong = parse_network(
        {"defaults": {"LSTM": {"unitz": 5}}, "layers": [around({"type": "LSTM", "units": "2"}), LSTM]}
    )
    assert [fault.pointer for fault in wrong.faults] == ["/defaults/LSTM/unitz", "/layers/0/layer/units"]


def test_what_a_layer_holds_is_its_own_and_has_no_default() -> None:
    defaults = {"Bidirectional": {"merge_mode": "sum", "layer": LSTM}}
    wrong = parse_network({"defaults": defaults, "layers": [around(LSTM)]})
    assert [(fault.pointer, fault.code) for fault in wrong.faults] == [("/defaults/Bidirectional/layer", "no_default")]
    assert_readable(wrong.faults)


def test_work_and_memory_can_be_done_by_hand() -> None:
    summary = told(LSTM)
    assert summary.total_parameters == 4 * 3 * (3 + 3 + 1)
    assert summary.flops == 6 * 12 * (2 * (3 + 3) + 3)
    assert told(around(LSTM)).total_parameters == 2 * summary.total_parameters
    assert told(around(DENSE, kind="TimeDistributed")).flops == told(DENSE).flops
    convolving = told(EACH, {**CONV, "padding": "same"}).layers[1]
    assert convolving.parameters == 4 * 2 * (2 * (1 + 2) + 1)
    assert convolving.flops == 6 * 3 * 8 * (2 * 2 * (1 + 2) + 3)
    normalized = told(around(DENSE, kind="SpectralNormalization"))
    assert (normalized.trainable_parameters, normalized.non_trainable_parameters) == (3 * 2 + 2, 2)
