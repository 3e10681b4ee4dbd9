"""Networks of several inputs: who reads which, what is wrong with that, and what is told of them."""

from typing import Any

import keras
import pytest

from services.errors import BodyFaulty
from services.networks import inspect
from spec.catalog import catalog
from spec.datasets.built_in import BUILT_IN
from spec.jobs import JobSpec
from spec.networks.summary import NetworkSummary
from tests.spec.jobs import assert_readable, check
from tests.spec.test_layers_keras import told_and_built

SHAPES: dict[str, list[int]] = {"table": [4], "picture": [8, 8]}
FLATTEN, DENSE = {"type": "Flatten", "inputs": ["picture"]}, {"type": "Dense", "units": 3}
JOINED = [FLATTEN, {"type": "Concatenate", "inputs": ["table", "flatten"]}, DENSE]


def inspected(layers: list[Any], shapes: object = SHAPES) -> NetworkSummary:
    return inspect({"network": {"layers": layers}, "input_shape": shapes}, BUILT_IN.get)


def faults(layers: list[Any], shapes: object = SHAPES) -> list[tuple[str, str, str]]:
    with pytest.raises(BodyFaulty) as refused:
        inspected(layers, shapes)
    assert_readable(refused.value.faults)
    return [(fault.pointer, fault.code, fault.message) for fault in refused.value.faults]


def test_what_a_network_reads_is_told_by_the_names_of_its_inputs() -> None:
    told = inspected(JOINED)
    assert told.model_dump()["input_shape"] == {"table": [None, 4], "picture": [None, 8, 8]}
    assert list(told.input_shape) == ["table", "picture"]
    assert [layer.connected_to for layer in told.layers] == [["picture"], ["table", "flatten"], ["concatenate"]]
    assert told.layers[1].output_shape == [None, 68]
    assert told.warnings == []
    # The rows of a batch count, those of all inputs: 68 numbers beside what the layers keep.
    alone = inspected([{"type": "Flatten"}, DENSE], [8, 8])
    assert told.memory.activations_bytes - alone.memory.activations_bytes == 4 * 32 * (4 + 68)


def test_one_input_may_have_a_name_and_then_no_layer_has_to_say_it() -> None:
    for layers in ([DENSE], [{**DENSE, "inputs": "table"}]):
        told = inspected(layers, {"table": [4]})
        assert (told.input_shape, told.layers[0].connected_to) == ({"table": [None, 4]}, ["table"])
    (fault,) = faults([{**DENSE, "inputs": "input"}], {"table": [4]})
    assert fault[:2] == ("/network/layers/0/inputs", "unknown_layer_name")
    assert fault[2].endswith('The network has the input "table" only.')


WRONG: dict[str, tuple[list[Any], str, str, str]] = {
    "none said": ([{"type": "Flatten"}, DENSE], "/network/layers/0", "inputs_not_said", 'are "table" and "picture".'),
    "none said by a layer that merges": ([{"type": "Add"}], "/network/layers/0", "inputs_not_said", "this layer reads"),
    "a misspelled name": (
        [{**DENSE, "inputs": ["tabel"]}],
        "/network/layers/0/inputs/0",
        "unknown_layer_name",
        'Did you mean "table"?',
    ),
    "the name of an only input": (
        [FLATTEN, {**DENSE, "inputs": "input"}],
        "/network/layers/1/inputs",
        "unknown_layer_name",
        'They are "table" and "picture".',
    ),
    "a layer called as an input": (
        [FLATTEN, {**DENSE, "name": "table"}],
        "/network/layers/1/name",
        "duplicate_name",
        "already the name of an input",
    ),
    "too many for a layer": (
        [{**DENSE, "inputs": ["table", "picture"]}],
        "/network/layers/0/inputs",
        "too_many_inputs",
        "Merge them first",
    ),
    "shapes that do not fit": (
        [{"type": "Concatenate", "inputs": ["table", "picture"]}],
        "/network/layers/0/inputs",
        "shape_mismatch",
        "[8, 8]",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_refused_where_it_stands(case: str) -> None:
    layers, pointer, code, words = WRONG[case]
    (fault,) = faults(layers)
    assert fault[:2] == (pointer, code)
    assert words in fault[2]


def test_an_input_may_not_be_called_as_keras_calls_a_layer() -> None:
    layers: list[Any] = [{"type": "Flatten", "inputs": ["flatten"]}, DENSE]
    (fault,) = faults(layers, {"flatten": [8, 8]})
    assert fault[:2] == ("/network/layers/0", "duplicate_name")
    one = keras.Input((8, 8), name="flatten")
    with pytest.raises(ValueError, match="should be unique"):
        keras.Model(one, keras.layers.Flatten(name="flatten")(one))


def test_an_input_that_nothing_reads_is_a_warning_since_keras_takes_it() -> None:
    told = inspected([FLATTEN, {**DENSE, "inputs": ["table"], "name": "aside"}, {**DENSE, "inputs": ["flatten"]}])
    assert_readable(told.warnings)
    assert [(one.code, one.pointer) for one in told.warnings] == [
        ("unused_layer", "/layers/1"),
        ("unread_input", "/layers"),
    ]
    assert '"table"' in told.warnings[1].message
    both = told_and_built({"layers": [FLATTEN, DENSE]}, SHAPES)
    assert both is not None
    assert [one.name for one in both[1].inputs] == list(SHAPES)


@pytest.mark.parametrize(
    ("shapes", "pointers"),
    [
        ({}, ["/input_shape"]),
        (4, ["/input_shape"]),
        ({"table": [0], "b": 4}, ["/input_shape/b", "/input_shape/table/0"]),
        ({"table": [4], "_b": [4]}, ["/input_shape/_b"]),
        ({"table": [4], "": [4]}, ["/input_shape/"]),
        ({f"i{n}": [1] for n in range(101)}, ["/input_shape"]),
    ],
)
def test_wrong_shapes_are_told(shapes: Any, pointers: list[str]) -> None:  # noqa: ANN401 (JSON)
    layers = [{**DENSE, "inputs": "table"} if isinstance(shapes, dict) and "table" in shapes else DENSE]
    told = faults(layers, shapes)
    assert sorted(pointer for pointer, *_ in told if pointer.startswith("/input_shape")) == pointers


def test_many_inputs_are_not_all_named_in_a_message() -> None:
    (fault,) = faults([DENSE], {f"i{n}": [1] for n in range(100)})
    assert fault[2].endswith('"i9" and 90 others.')


def test_layers_of_a_job_read_the_inputs_that_its_data_set_makes() -> None:
    said = {
        "dataset": {"name": "dat_of_somebody", "inputs": {"table": ["age"], "picture": ["photo"]}},
        "network": {"layers": JOINED},
        "training": {"loss": "mse"},
    }
    spec = JobSpec.model_validate(said)
    assert spec.network.layers[1].inputs == ("table", "flatten")
    assert JobSpec.model_validate(spec.model_dump(mode="json", exclude_unset=True)) == spec
    with pytest.raises(ValueError, match="earlier layer"):
        JobSpec.model_validate({**said, "dataset": "iris"})


def test_a_check_knows_the_inputs_whatever_is_wrong_with_the_data_set() -> None:
    said = {"name": "nobodys", "inputs": {"table": ["age"], "picture": []}}
    layers = [FLATTEN, {"type": "Concatenate", "inputs": ["tabel", "flatten"]}, DENSE]
    told = check({"dataset": said, "network": {"layers": layers}, "training": {"loss": "mse"}}).faults
    assert {(fault.pointer, fault.suggestion) for fault in told} >= {("/network/layers/1/inputs/0", "table")}
    assert not any("picture" in fault.message for fault in told if fault.pointer.startswith("/network"))


@pytest.mark.parametrize("name", ["iris", "digits"])
def test_a_built_in_data_set_makes_one_input(name: str) -> None:
    dataset = {"name": name, "inputs": {"table": ["age"], "picture": ["photo"]}}
    told = check({"dataset": dataset, "network": {"layers": JOINED}, "training": {"loss": "mse"}}).faults
    assert [(fault.pointer, fault.code) for fault in told] == [("/dataset/inputs", "built_in_dataset")]
    with pytest.raises(BodyFaulty) as refused:
        inspect({"dataset": dataset, "network": {"layers": JOINED}}, BUILT_IN.get)
    assert [fault.code for fault in refused.value.faults] == ["built_in_dataset"]


def test_several_outputs_are_refused_by_name_with_the_reason() -> None:
    (fault,) = check(
        {
            "dataset": "iris",
            "network": {"layers": [DENSE], "outputs": ["a", "b"]},
            "training": {"loss": "categorical_crossentropy"},
        }
    ).faults
    assert (fault.pointer, fault.code) == ("/network/outputs", "not_offered")
    assert "only one output" in fault.message
    assert "`target`" in fault.message
    assert catalog()["network_left_out"]["outputs"] in fault.message
