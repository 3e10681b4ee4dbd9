"""What a job may list in `augment` of its data set, what is wrong with it, and what it costs."""

from collections.abc import Sequence
from typing import Any

import pytest

from spec.check import check_job
from spec.datasets.augmentation import augmenting_of
from spec.datasets.choice import DatasetSpec
from spec.datasets.facts import DatasetFacts
from spec.jobs import JobSpec
from spec.layers.picture_values import Valued
from tests.spec.jobs import MEMORY_BYTES, check, job
from tests.spec.own_datasets import ARRAYS, PICTURES, facts_of, own, table

FLIP, NOISE = {"type": "RandomFlip"}, {"type": "GaussianNoise", "stddev": 0.1}
CONTRAST = {"type": "RandomContrast", "factor": 0.2}
FLAT: list[dict[str, Any]] = [{"type": "Flatten"}, {"type": "Dense", "units": 10, "activation": "softmax"}]
TWO = {
    "name": ARRAYS,
    "inputs": {"picture": ["x"], "table": ["flat"]},
    "target": {"column": "y", "type": "classes"},
}
JOINED = [
    {"type": "Flatten", "inputs": ["picture"]},
    {"type": "Concatenate", "inputs": ["table", "flatten"]},
    *FLAT[1:],
]


def digits(augment: object, **said: object) -> dict[str, object]:
    return {"name": "digits", "augment": augment, **said}


@pytest.mark.parametrize(
    ("dataset", "layers"),
    [
        (digits([FLIP, CONTRAST, NOISE]), FLAT),
        (digits([]), FLAT),
        ({"name": "iris", "augment": [NOISE]}, [{"type": "Dense", "units": 3, "activation": "softmax"}]),
        ({**TWO, "augment": {"picture": [FLIP, CONTRAST]}}, JOINED),
        ({"name": PICTURES, "image": {"size": [8, 8]}, "augment": [FLIP, CONTRAST]}, FLAT),
    ],
)
def test_what_augments_is_accepted_and_read_again_as_it_was(
    dataset: dict[str, object], layers: list[dict[str, Any]]
) -> None:
    checked = own(dataset, layers)
    assert checked.faults == []
    assert checked.spec is not None
    stored = checked.spec.model_dump(mode="json", exclude_unset=True)
    assert stored["dataset"]["augment"] == dataset["augment"]
    assert JobSpec.model_validate(stored) == checked.spec


WRONG: dict[str, tuple[dict[str, object], list[dict[str, Any]], str, str]] = {
    "a layer of the network": (digits([{"type": "Dense"}]), FLAT, "/0/type", "Put it into the `network`."),
    "a left out one": (digits([{"type": "RandomCrop"}]), FLAT, "/0/type", "larger pictures"),
    "another's name": (digits([{"type": "RandomHorizontalFlip"}]), FLAT, "/0/type", 'Did you mean "RandomFlip"?'),
    "a branch": (digits([{**FLIP, "inputs": ["input"]}]), FLAT, "/0/inputs", "one after the other"),
    "a penalty": (
        digits([{**NOISE, "activity_regularizer": "l2"}]), FLAT, "/0/activity_regularizer", "changes nothing",
    ),
    "no list": (digits("RandomFlip"), FLAT, "", 'such as [{"type": "RandomFlip"}]'),
    "an input of one": (digits({"picture": [FLIP]}), FLAT, "", "a single input"),
    "a list for several": ({**TWO, "augment": [FLIP]}, JOINED, "", 'as in {"picture": [{"type": "RandomFlip"}]}.'),
    "another input": ({**TWO, "augment": {"pictures": [FLIP]}}, JOINED, "/pictures", 'Did you mean "picture"?'),
    "no pictures": ({**TWO, "augment": {"table": [FLIP]}}, JOINED, "/table/0", "rows of the shape [3]"),
    "no colours": (digits([{"type": "RandomHue", "factor": 0.1}]), FLAT, "/0", "three channels"),
    "no known range": (digits([CONTRAST], scaling="standard"), FLAT, "/0", "Set `value_range`"),
    "a negative share": (digits([{**CONTRAST, "factor": -0.1}]), FLAT, "/0/factor", "from 0 to 1"),
    "three ends": (digits([{**CONTRAST, "factor": [0, 0.1, 0.2]}]), FLAT, "/0/factor", "a number or a list of two"),
    "no range": (digits([{**CONTRAST, "value_range": 1}]), FLAT, "/0/value_range", "a list of two numbers"),
    "an empty range": (digits([{**CONTRAST, "value_range": [1, 1]}]), FLAT, "/0/value_range", "must differ"),
    "all of a picture": (
        digits([{"type": "RandomZoom", "height_factor": -1}]), FLAT, "/0/height_factor", "greater than -1",
    ),
    "half a bit": (
        digits([{"type": "RandomPosterization", "factor": 2.5}]), FLAT, "/0/factor", "a whole number or",
    ),
    "an even kernel": (
        digits([{"type": "RandomGaussianBlur", "kernel_size": [3, 2]}]), FLAT, "/0/kernel_size", "an odd number",
    ),
    "two colours": (digits([{"type": "RandomErasing", "fill_value": [0, 1]}]), FLAT, "/0/fill_value", "three numbers"),
    "colours of grey": (
        digits([{"type": "RandomErasing", "fill_value": [0, 1, 0]}]), FLAT, "/0/fill_value", "Use a single number.",
    ),
    "hue of grey": (
        digits([{"type": "RandomColorJitter", "hue_factor": 0.1}]), FLAT, "/0/hue_factor", "three channels",
    ),
    "a probability": (digits([{**FLIP, "p": 0.5}]), FLAT, "/0/p", "Leave `p` out."),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_where_it_is(case: str) -> None:
    dataset, layers, place, words = WRONG[case]
    (fault,) = own(dataset, layers).faults
    assert fault.pointer == f"/dataset/augment{place}"
    assert words in fault.message


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        (digits([CONTRAST]), (0, 1)),
        (digits([CONTRAST], scaling="none"), (0, 16)),
        (digits([{**CONTRAST, "value_range": [2, 1]}], scaling="standard"), (1, 2)),
        ({**TWO, "augment": {"picture": [CONTRAST]}}, (0, 1)),
        ({**TWO, "augment": {"picture": [CONTRAST]}, "scaling": "none"}, (0, 255)),
        ({"name": PICTURES, "augment": [CONTRAST], "scaling": "none"}, (0, 255)),
    ],
)
def test_the_range_of_values_is_that_of_the_scaling(dataset: object, expected: Sequence[float]) -> None:
    read = DatasetSpec.model_validate(dataset)
    facts = facts_of(read.name)
    assert isinstance(facts, DatasetFacts)
    ((layer,), *others) = augmenting_of(read, facts)
    assert isinstance(layer, Valued)
    assert layer.arguments()["value_range"] == expected
    assert all(not of_input for of_input in others)


def test_it_costs_the_batch_once_more_and_operations_in_training_alone() -> None:
    plain, augmented = (check(job(digits(augment), FLAT)).summary for augment in ([], [FLIP, CONTRAST]))
    assert plain is not None
    assert augmented is not None
    assert augmented.flops == plain.flops
    assert augmented.training_flops == plain.training_flops + (2 + 4) * 64
    assert augmented.memory.activations_bytes == plain.memory.activations_bytes + 4 * 32 * 64


def test_rows_of_a_table_are_augmented_by_noise_alone() -> None:
    assert own(table(augment=[NOISE])).faults == []
    (fault,) = own(table(augment=[FLIP])).faults
    assert fault.code == "wrong_rank"


def test_what_keras_cannot_compute_in_float16_is_refused() -> None:
    erasing = {"type": "RandomErasing"}
    layers = [{"type": "Reshape", "target_shape": [8, 8, 1]}, erasing, *FLAT[:1], {**FLAT[1], "dtype": "float32"}]
    body = job(digits([erasing, {**erasing, "dtype": "float32"}]), layers, precision="mixed_float16")
    checked = check_job(body, facts_of=facts_of, max_memory_bytes=MEMORY_BYTES)
    assert [fault.pointer for fault in checked.faults] == ["/network/layers/1/type", "/dataset/augment/0/type"]
    body["training"]["precision"] = "mixed_bfloat16"
    assert check_job(body, facts_of=facts_of, max_memory_bytes=MEMORY_BYTES).faults == []


def test_a_layer_that_augments_within_the_network_is_advised_against() -> None:
    checked = check(job("digits", [{"type": "Reshape", "target_shape": [8, 8, 1]}, FLIP, *FLAT]))
    (advice,) = [one for one in checked.advice if one.code == "augmenting_layer"]
    assert advice.pointer == "/network/layers/1/type"
    assert "`model(x, training=False)`" in advice.message
