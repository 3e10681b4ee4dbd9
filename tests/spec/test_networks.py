"""Networks as they are read: every fault at once, each where it stands, with what to write instead."""

import json
import time
import tracemalloc
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from spec.language.declared import kinds
from spec.language.faults import faults_of
from spec.layers import Layer
from spec.networks.inference import infer, infer_layers
from spec.networks.networks import NetworkSpec, parse_network
from spec.networks.wiring import MOST_FAULTS

DENSE = {"type": "Dense", "units": 4}
IMAGE = (8, 8)


class Job(BaseModel):
    network: NetworkSpec


def faults(
    *layers: object, defaults: object = None, shape: tuple[int, ...] = IMAGE
) -> list[tuple[str, str, str | None]]:
    """Pointer, message and suggestion of every fault of a network, those of its shapes included."""
    body: dict[str, Any] = {"layers": list(layers)}
    if defaults is not None:
        body["defaults"] = defaults
    parsed = parse_network(body)
    inferred = infer_layers(parsed.layers, shape, parsed.wiring)
    return [(fault.pointer, fault.message, fault.suggestion) for fault in (*parsed.faults, *inferred.faults)]


RETIRED = [
    ({"type": "Dence", "units": 4}, "type", "Dense"),
    ({"type": "dense", "units": 4}, "type", "Dense"),
    ({"type": "Convolution2D", "filters": 1, "kernel_size": 1}, "type", "Conv2D"),
    ({"type": "MaxPool2D"}, "type", "MaxPooling2D"),
    ({"type": "BatchNorm"}, "type", "BatchNormalization"),
    ({"type": "Dense", "units": 4, "activaton": "relu"}, "activaton", "activation"),
    ({"type": "Dense", "units": 4, "activation": "rellu"}, "activation", "relu"),
    ({"type": "Dense", "units": 4, "activation": "ReLU"}, "activation", "relu"),
    ({"type": "Dense", "units": 4, "kernel_initializer": "he_norml"}, "kernel_initializer", "he_normal"),
    ({"type": "Dense", "units": 4, "kernel_initializer": "xavier"}, "kernel_initializer", "glorot_uniform"),
    ({"type": "Dense", "units": 4, "kernel_regularizer": "l1_l2"}, "kernel_regularizer", "l1l2"),
    ({"type": "Dense", "units": 4, "kernel_constraint": "maxnorm"}, "kernel_constraint", "max_norm"),
    ({"type": "Dense", "units": 4, "init": "uniform"}, "init", "kernel_initializer"),
    ({"type": "Dense", "units": 4, "W_regularizer": "l2"}, "W_regularizer", "kernel_regularizer"),
    ({"type": "LeakyReLU", "alpha": 0.2}, "alpha", "negative_slope"),
    ({"type": "Dropout", "rate": 0.1, "p": 0.2}, "p", "rate"),
    ({"type": "GaussianNoise", "stddev": 0.1, "sigma": 0.2}, "sigma", "stddev"),
    ({"type": "Conv2D", "filters": 1, "kernel_size": 1, "nb_filter": 2}, "nb_filter", "filters"),
    ({"type": "Conv2D", "filters": 1, "kernel_size": 1, "border_mode": "same"}, "border_mode", "padding"),
    ({"type": "Concatenate", "inputs": ["input", "input"], "concat_axis": 1}, "concat_axis", "axis"),
]


@pytest.mark.parametrize(("layer", "field", "suggestion"), RETIRED)
def test_old_and_misspelled_names_are_told_todays(layer: dict[str, Any], field: str, suggestion: str) -> None:
    told = faults(layer, shape=(8, 8, 1))
    assert [(pointer, said) for pointer, _, said in told] == [(f"/layers/0/{field}", suggestion)]


REFUSED = [
    ({"type": "Lambda", "function": "x"}, "/type", "It runs code"),
    ({"type": "LSTMCell", "units": 3}, "/type", "one step"),
    ({"type": "Dense"}, "/units", "This field is required."),
    ({"type": "Dense", "units": 0}, "/units", "must be at least 1."),
    ({"type": "Dense", "units": 10**9}, "/units", "must be at most 1,048,576."),
    ({"type": "Dense", "units": "10"}, "/units", "must be a whole number, not a string"),
    ({"type": "Dense", "units": 1.5}, "/units", "without a decimal point"),
    ({"type": "Dense", "units": True}, "/units", "not true"),
    ({"type": "Dense", "units": 4, "input_shape": [8]}, "/input_shape", "comes from the data set"),
    ({"type": "Dense", "units": 4, "dtype": "float16"}, "/dtype", "/training/precision"),
    (
        {"type": "Dense", "units": 4, "activation": {"type": "ReLU"}},
        "/activation",
        "Use a layer for one with arguments",
    ),
    ({"type": "Dense", "units": 4, "kernel_initializer": None}, "/kernel_initializer", "a name, or an object"),
    (
        {"type": "Dense", "units": 4, "kernel_initializer": {"type": "HeNormal", "sed": 1}},
        "/kernel_initializer/sed",
        'Did you mean "seed"?',
    ),
    (
        {"type": "Dense", "units": 4, "kernel_constraint": {"type": "MaxNorm", "axis": 2}},
        "/kernel_constraint",
        "axis 2",
    ),
    ({"type": "Dense", "units": 4, "bias_initializer": "orthogonal"}, "/bias_initializer", "two axes"),
    ({"type": "Dense", "units": 4, "bias_regularizer": "orthogonal_regularizer"}, "/bias_regularizer", "two axes"),
    ({"type": "Dense", "units": 4, "activity_regularizer": "orthogonal_regularizer"}, "/activity_regularizer", "batch"),
    ({"type": "Dense", "units": 4, "name": "a/b"}, "/name", "letters"),
    ({"type": "Dense", "units": 4, "name": "input"}, "/name", "reserved for the input of the network"),
    ({"type": "Dense", "units": 4, "inputs": []}, "/inputs", "at least one item"),
    ({"type": "Dense", "units": 4, "inputs": ["inptu"]}, "/inputs/0", 'Did you mean "input"?'),
    ({"type": "Dense", "units": 4, "inputs": ["dense"]}, "/inputs/0", "this layer itself"),
    ({"type": "Dense", "units": 4, "inputs": ["input", "input"]}, "/inputs", "Merge them first"),
    ({"type": "Add"}, "", "at least 2 inputs"),
    ({"type": "Subtract", "inputs": ["input", "input", "input"]}, "/inputs", "can only read 2 inputs, not 3"),
    ({"type": "Conv2D", "filters": 3, "kernel_size": 3}, "", "`target_shape` [8, 8, 1]"),
    ({"type": "Conv1D", "filters": 3, "kernel_size": 9}, "/kernel_size", "is larger than the input"),
    ({"type": "Conv1D", "filters": 3, "kernel_size": [3, 3]}, "/kernel_size", "a list of 1 whole number"),
    ({"type": "Conv1D", "filters": 3, "kernel_size": 3, "groups": 2}, "/groups", "3 filters"),
    ({"type": "Conv1D", "filters": 3, "kernel_size": 3, "groups": 3}, "/groups", "8 channels"),
    (
        {"type": "Conv1D", "filters": 3, "kernel_size": 2, "strides": 2, "dilation_rate": 2},
        "/dilation_rate",
        "cannot both be greater than 1",
    ),
    (
        {"type": "Conv1D", "filters": 3, "kernel_size": 2, "data_format": "channels_first"},
        "/data_format",
        "channels last",
    ),
    ({"type": "MaxPooling1D", "pool_size": 9}, "/pool_size", "is larger than the input"),
    ({"type": "AdaptiveMaxPooling1D", "output_size": 1}, "/output_size", "global pooling"),
    ({"type": "AdaptiveAveragePooling1D", "output_size": 1}, "/output_size", "global pooling"),
    ({"type": "Cropping1D", "cropping": 4}, "/cropping", "crop away all 8 steps"),
    ({"type": "Reshape", "target_shape": [7, -1]}, "/target_shape", "which do not fit the shape"),
    ({"type": "Reshape", "target_shape": [-1, -1]}, "/target_shape", "Only one axis"),
    ({"type": "Permute", "dims": [1, 1]}, "/dims", "once"),
    ({"type": "Permute", "dims": [1, 2, 3]}, "/dims", "orders 3 axes"),
    ({"type": "RepeatVector", "n": 2}, "", "one axis (features)"),
    ({"type": "BatchNormalization", "axis": 3}, "/axis", "no axis 3"),
    ({"type": "BatchNormalization", "axis": 0}, "/axis", "the batch"),
    ({"type": "GroupNormalization"}, "", "32 groups"),
    ({"type": "RMSNormalization", "axis": 1}, "/axis", "last axes"),
    ({"type": "Normalization"}, "/mean", "scaling"),
    ({"type": "Normalization", "mean": [1, 2], "variance": [1, 2]}, "/mean", "does not fit"),
    ({"type": "Normalization", "mean": 1, "variance": -1}, "/variance", "at least 0"),
    ({"type": "Rescaling", "scale": [1, 2]}, "/scale", "does not fit"),
    ({"type": "Rescaling", "scale": [[1], [1, 2]]}, "/scale", "must have the same length"),
    ({"type": "Rescaling", "scale": 10**400}, "/scale", "finite"),
    ({"type": "Dropout", "rate": 1}, "/rate", "less than 1"),
    ({"type": "Dropout", "rate": 0.1, "noise_shape": [4, 8, 8]}, "/noise_shape", "null or 1"),
    ({"type": "SpatialDropout1D", "rate": 0.1, "trainable": False}, "/trainable", "nothing to train"),
    ({"type": "PReLU", "shared_axes": [3]}, "/shared_axes", "no axis 3"),
    ({"type": "Softmax", "axis": [1, -2]}, "/axis", "twice"),
    ({"type": "Dot", "axes": [1, 3], "inputs": ["input", "input"]}, "/axes", "no axis 3"),
    ([], "", "A layer must be an object"),
    ({}, "/type", "needs a `type`"),
    ({"type": 3}, "/type", "must be a string"),
    ({"type": "Dense", "units": 4, **{f"x{index}": 1 for index in range(200)}}, "", "at most 100 fields"),
]


@pytest.mark.parametrize(("layer", "pointer", "message"), REFUSED)
def test_what_cannot_be_is_refused_where_it_stands(layer: object, pointer: str, message: str) -> None:
    ((told, said, _),) = faults(layer)
    assert told == f"/layers/0{pointer}"
    assert message in said


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        (None, ""),
        ({}, "/layers"),
        ({"layers": []}, "/layers"),
        ({"layers": {}}, "/layers"),
        ({"layers": [DENSE] * 1001}, "/layers"),
        ({"layers": [DENSE], "defaults": []}, "/defaults"),
        ({"layers": [DENSE], "input_shape": [3]}, "/input_shape"),
        ({"layers": [DENSE], "layres": 3}, "/layres"),
    ],
)
def test_a_network_is_an_object_with_layers(body: object, pointer: str) -> None:
    parsed = parse_network(body)
    assert parsed.network is None
    assert [fault.pointer for fault in parsed.faults] == [pointer]


def test_all_faults_of_all_layers_are_told_at_once_shapes_included() -> None:
    told = faults(
        {"type": "Flatten"},
        {"type": "Dense", "units": -1, "activation": "rellu"},
        {"type": "Dence"},
        {"type": "Reshape", "target_shape": [7], "inputs": ["flatten"]},
        {"type": "Dense", "units": 3, "inputs": ["nowhere"]},
        {"type": "Conv2D", "filters": 1, "kernel_size": 3, "inputs": ["input"]},
    )
    assert {pointer for pointer, _, _ in told} == {
        "/layers/1/units",
        "/layers/1/activation",
        "/layers/2/type",
        "/layers/4/inputs/0",
        "/layers/3/target_shape",
        "/layers/5",
    }


def test_shapes_go_on_behind_a_faulty_layer_only_where_they_are_known() -> None:
    parsed = parse_network({"layers": [{"type": "Dence"}, DENSE, {**DENSE, "inputs": ["input"]}]})
    inferred = infer_layers(parsed.layers, (3,), parsed.wiring)
    assert [one and one.output for one in inferred.geometries] == [None, None, (4,)]
    assert inferred.output_shape == (4,)
    assert inferred.faults == []


def test_a_depthwise_kernel_of_one_number_is_refused() -> None:
    single = {"type": "SeparableConv2D", "filters": 1, "kernel_size": 1}
    assert [pointer for pointer, _, _ in faults(single, shape=(3, 7, 1))] == ["/layers/0"]
    assert faults(single, shape=(3, 7, 2)) == []


def test_names_are_told_twice_or_clash_with_automatic_ones() -> None:
    told = faults({**DENSE, "name": "a"}, {**DENSE, "name": "a"}, {**DENSE, "name": "dense"}, DENSE)
    assert [(pointer, message.split(";")[0]) for pointer, message, _ in told] == [
        ("/layers/1/name", '"a" is already the name of layer 0. Choose another name.'),
        ("/layers/2/name", '"dense" is the name that Keras gives to layer 3. Choose another name.'),
    ]


def test_a_layer_cannot_read_what_comes_later() -> None:
    told = faults({**DENSE, "inputs": ["b"]}, {**DENSE, "name": "b"})
    assert [(pointer, message) for pointer, message, _ in told] == [
        ("/layers/0/inputs/0", '"b" comes after this layer. A layer can only read layers before it.')
    ]


def test_one_input_may_be_said_without_a_list() -> None:
    assert faults(DENSE, {**DENSE, "inputs": "input"}) == []
    assert [pointer for pointer, _, _ in faults(DENSE, {**DENSE, "inputs": "inptu"})] == ["/layers/1/inputs"]


def test_inputs_that_do_not_fit_are_told_at_the_inputs() -> None:
    ((pointer, message, _),) = faults({"type": "Dense", "units": 3}, {"type": "Add", "inputs": ["input", "dense"]})
    assert pointer == "/layers/1/inputs"
    assert "[8, 8]" in message
    assert "[8, 3]" in message


class TestDefaults:
    def test_a_layers_own_field_wins_and_the_rest_is_inherited(self) -> None:
        parsed = parse_network(
            {"defaults": {"Dense": {"units": 3, "activation": "elu"}}, "layers": [{"type": "Dense"}, DENSE]}
        )
        assert parsed.network is not None
        first, second = parsed.network.layers
        assert first.arguments() == {"units": 3, "activation": "elu"}
        assert second.arguments() == {"units": 4, "activation": "elu"}

    def test_a_fault_of_a_default_is_told_once_however_many_layers_inherit_it(self) -> None:
        dense = {"type": "Dense"}
        told = faults(dense, dense, dense, defaults={"Dense": {"units": 0, "activation": "elu"}})
        assert [pointer for pointer, _, _ in told] == ["/defaults/Dense/units"]

    def test_a_layer_that_says_the_field_itself_does_not_mind_a_faulty_default(self) -> None:
        parsed = parse_network({"defaults": {"Dense": {"units": 0}}, "layers": [{"type": "Dense"}, DENSE]})
        assert [layer is None for layer in parsed.layers] == [True, False]

    def test_defaults_are_checked_even_where_no_layer_uses_them(self) -> None:
        told = faults(
            DENSE,
            defaults={
                "Conv2D": {"sterides": 2, "kernel_initializer": {"type": "HeNormal", "seed": -1}},
                "Dence": {},
                "Dropout": 3,
            },
        )
        assert [(pointer, said) for pointer, _, said in told] == [
            ("/defaults/Conv2D/kernel_initializer/seed", None),
            ("/defaults/Conv2D/sterides", "strides"),
            ("/defaults/Dence", "Dense"),
            ("/defaults/Dropout", None),
        ]

    def test_what_every_layer_must_say_itself_may_be_missing(self) -> None:
        assert faults(DENSE, defaults={"Conv2D": {"padding": "same"}, "Dense": {"use_bias": False}}) == []

    @pytest.mark.parametrize("field", ["name", "inputs", "type"])
    def test_what_belongs_to_one_layer_has_no_default(self, field: str) -> None:
        told = faults(DENSE, defaults={"Dense": {field: "Dense"}})
        assert [pointer for pointer, _, _ in told] == [f"/defaults/Dense/{field}"]

    def test_a_shape_fault_of_an_inherited_field_points_at_the_layer(self) -> None:
        told = faults(
            {"type": "GroupNormalization", "groups": 4},
            {"type": "GroupNormalization"},
            defaults={"GroupNormalization": {"groups": 3}},
        )
        assert [pointer for pointer, _, _ in told] == ["/layers/1"]

    def test_a_network_is_written_as_it_was_sent(self) -> None:
        body = {
            "defaults": {"Dense": {"units": 3, "kernel_initializer": {"type": "HeNormal"}}},
            "layers": [{"type": "Dense"}, {**DENSE, "name": "b"}, {"type": "Add", "inputs": ["input", "b"]}],
        }
        network = NetworkSpec.model_validate(body)
        assert network.model_dump(mode="json", exclude_unset=True) == body
        again = NetworkSpec.model_validate(json.loads(network.model_dump_json(exclude_unset=True)))
        assert [layer.arguments() for layer in again.layers] == [layer.arguments() for layer in network.layers]


def test_as_part_of_a_job_the_same_faults_are_raised_where_they_stand() -> None:
    body = {"layers": [{"type": "Dence"}, {**DENSE, "activation": "rellu"}]}
    with pytest.raises(ValidationError) as caught:
        Job.model_validate({"network": body})
    assert [fault.pointer for fault in faults_of(caught.value)] == [
        "/network" + fault.pointer for fault in parse_network(body).faults
    ]


def test_the_schema_documents_every_layer() -> None:
    for mode in ("validation", "serialization"):
        schema = Job.model_json_schema(mode=mode)
        assert {"layers", "defaults"} <= set(schema["$defs"]["NetworkSpec"]["properties"])
        for name, kind in kinds(Layer).items():
            assert set(schema["$defs"][name]["properties"]) == set(kind.model_fields)


def test_what_is_hostile_is_refused_soon() -> None:
    hostile: list[Any] = [
        {"layers": [{"type": f"Dence{index}"} for index in range(1000)]},
        {"layers": [{**DENSE, "inputs": [f"n{index}" for index in range(1000)]}]},
        {"layers": [{**DENSE, **{f"unit{index}": 1 for index in range(90)}}]},
        {"layers": [{**DENSE, "kernel_initializer": {"type": "HeNormal", **{f"sed{i}": 1 for i in range(50_000)}}}]},
        {"layers": [DENSE], "defaults": {f"Dence{index}": {} for index in range(100_000)}},
        {"layers": [DENSE], **{f"layer{index}": 1 for index in range(100_000)}},
        {"layers": [{"type": "Rescaling", "scale": [[1.0] * 1000] * 1000}]},
        {"layers": [{"type": "D" * 1_000_000}]},
        {"layers": [{**DENSE, "name": f"n{i}", "inputs": [f"n{j}x" for j in range(900, 1000)]} for i in range(1000)]},
    ]
    for body in hostile:
        started = time.process_time()
        assert 1 <= len(parse_network(body).faults) <= 3 * MOST_FAULTS
        assert time.process_time() - started < 1.0


def test_sizes_beyond_all_memory_are_arithmetic_only() -> None:
    wide = NetworkSpec.model_validate({"layers": [{"type": "Dense", "units": 1_048_576}] * 3})
    tracemalloc.start()
    inferred = infer(wide, (1_048_576,))
    told = faults(*[{"type": "UpSampling1D", "size": 1_048_576}] * 1000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert inferred.faults == []
    last = inferred.geometries[-1]
    assert last is not None
    assert [one.parameters for one in last.variables] == [2**40, 2**20]
    assert [pointer for pointer, _, _ in told] == ["/layers/1"]
    assert peak < 20_000_000
