"""How jobs may use data sets of users: what is refused, and where; what is accepted, and what follows from it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from spec.datasets.choice import DatasetSpec
from spec.datasets.encodings import ENCODINGS
from spec.datasets.reading import ImageSpec, MissingSpec
from spec.datasets.resolution import facts_for, facts_kept, resolve
from spec.datasets.splits import WAYS
from spec.ids import new_id
from spec.language.faults import MOST_FAULTS
from tests.spec.own_datasets import ARRAYS, DENSE, FACTS, MANY_TEXTS, OTHER, PICTURES, TABLE, WORDS, own, table

TOKENS = {"column": "note", "encoding": "tokens"}
SIGMOID: dict[str, Any] = {"type": "Dense", "units": 2, "activation": "sigmoid"}
REFUSED: dict[str, tuple[object, dict[str, str]]] = {
    # What is said, and the code of the fault at each place.
    "a name": ("adults", {"/dataset": "unknown_dataset"}),
    "a name in an object": ({"name": "adults"}, {"/dataset/name": "unknown_dataset"}),
    "no target": ({"name": TABLE, "features": ["age"]}, {"/dataset/target": "no_target"}),
    "unknown columns": (
        table(
            features=["agee", {"column": "jobb", "encoding": "one_hot"}, "age"],
            target="kindd",
            sample_weight="weigth",
            split={"test": 0.1, "group": "cityy"},
        ),
        {
            "/dataset/features/0": "unknown_column",
            "/dataset/features/1/column": "unknown_column",
            "/dataset/target": "unknown_column",
            "/dataset/sample_weight": "unknown_column",
            "/dataset/split/group": "unknown_column",
        },
    ),
    "columns of a split": (
        table(split={"column": {"column": "x", "test": 1}}),
        {"/dataset/split/column/column": "unknown_column"},
    ),
    "used twice": (
        table(features=["age", {"column": "age", "encoding": "number"}]),
        {"/dataset/features/1/column": "column_twice"},
    ),
    "other uses": (
        table(features=["kind", "weight", "city", "age"], sample_weight="weight", split={"test": 0.1, "group": "city"}),
        {
            "/dataset/features/0": "target_among_features",
            "/dataset/features/1": "weight_among_features",
            "/dataset/features/2": "split_column_among_features",
        },
    ),
    "types": (
        table(
            features=[
                "note",
                {"column": "job", "encoding": "number"},
                {"column": "age", "encoding": "date_parts"},
                {"column": "hired", "encoding": "tokens"},
                {"column": "member", "encoding": "image"},
                {"column": "exact", "encoding": "one_hot"},
                "gone",
                {"column": "born", "encoding": "hashed"},
            ]
        ),
        {
            "/dataset/features/0": "encoding_needed",
            "/dataset/features/1/encoding": "encoding_type",
            "/dataset/features/2/encoding": "encoding_type",
            "/dataset/features/3/encoding": "encoding_type",
            "/dataset/features/4/encoding": "encoding_type",
            "/dataset/features/5/encoding": "too_many_values",
            "/dataset/features/6": "empty_column",
            "/dataset/features/7/encoding": "encoding_type",
        },
    ),
    "text among all columns": (WORDS, {"/dataset": "encoding_needed"}),
    "an array": (
        {
            "name": ARRAYS,
            "features": [{"column": "x", "encoding": "one_hot"}],
            "target": {"column": "y", "type": "classes"},
        },
        {"/dataset/features/0/encoding": "encoding_type"},
    ),
    "tokens beside others": (table(features=["age", TOKENS]), {"/dataset/features/1": "input_of_its_own"}),
    "a picture beside others": (
        {"name": ARRAYS, "features": ["x", "flat"], "target": {"column": "y", "type": "classes"}},
        {"/dataset/features/0": "input_of_its_own"},
    ),
    "faults of inputs": (
        table(inputs={"a": ["age", "age"], "b": [TOKENS, "age"]}),
        {
            "/dataset/inputs/a/1": "column_twice",
            "/dataset/inputs/b/0": "input_of_its_own",
            "/network/layers/0": "inputs_not_said",
        },
    ),
    "pictures of several sizes": (PICTURES, {"/dataset": "sizes_differ"}),
    "pictures of several sizes, read somehow": (
        {"name": PICTURES, "image": {"mode": "grey"}},
        {"/dataset/image/size": "sizes_differ"},
    ),
    "no pictures": (table(image={"mode": "grey"}), {"/dataset/image": "no_pictures"}),
    "targets that are none": (
        table(target=["note", "hired"]),
        {"/dataset/target/0": "target_type", "/dataset/target/1": "target_type"},
    ),
    "a target that is empty": (table(target="gone"), {"/dataset/target": "empty_column"}),
    "a target of several axes": (
        {"name": ARRAYS, "target": "x", "features": ["flat"]},
        {"/dataset/target": "target_type"},
    ),
    "classes of arrays": (
        {"name": ARRAYS, "target": {"column": "flat", "type": "classes"}, "features": ["x"]},
        {"/dataset/target/type": "target_type"},
    ),
    "one class": (table(target="same"), {"/dataset/target": "one_class"}),
    "too many classes": (
        table(target={"column": "exact", "type": "classes"}),
        {"/dataset/target/type": "too_many_values"},
    ),
    "classes in several columns": (
        table(target={"column": ["member", "loud"], "type": "classes"}, features=["age"]),
        {"/dataset/target/type": "target_type"},
    ),
    "a number that is none": (
        table(target={"column": "kind", "type": "number"}),
        {"/dataset/target/type": "target_type"},
    ),
    "labels that are none": (table(target=["loud", "income"]), {"/dataset/target/1": "label_values"}),
    "labels of many numbers": (table(target=["loud", "ones", "exact"]), {"/dataset/target/2": "label_values"}),
    "labels in one column of single values": (
        table(target={"column": "loud", "type": "labels"}),
        {"/dataset/target/type": "target_type"},
    ),
    "labels beyond 1": (
        {"name": ARRAYS, "target": {"column": "several", "type": "labels"}, "features": ["x"]},
        {"/dataset/target/column": "label_values"},
    ),
    "labels twice": (table(target=["loud", "loud"]), {"/dataset/target/1": "column_twice"}),
    "gaps that are refused": (
        table(target="job", missing={"target": "refuse"}),
        {"/dataset/missing/target": "target_missing"},
    ),
    "weights that are none": (table(sample_weight="job"), {"/dataset/sample_weight": "weight_type"}),
    "negative weights": (table(sample_weight="signed"), {"/dataset/sample_weight": "weight_range"}),
    "weights with gaps": (table(sample_weight="income"), {"/dataset/sample_weight": "weight_missing"}),
    "weights that are the target": (
        table(target="weight", sample_weight="weight"),
        {"/dataset/sample_weight": "weight_is_target"},
    ),
    "strata of many values": (
        table(split={"test": 0.1, "stratify": "exact"}),
        {"/dataset/split/stratify": "split_type"},
    ),
    "time without order": (table(split={"test": 0.1, "time": "job"}), {"/dataset/split/time": "split_type"}),
    "time with gaps": (table(split={"test": 0.1, "time": "born"}), {"/dataset/split/time": "split_missing"}),
    "groups of arrays": (
        {
            "name": ARRAYS,
            "features": ["x"],
            "target": {"column": "y", "type": "classes"},
            "split": {"test": 0.1, "group": "flat"},
        },
        {"/dataset/split/group": "split_type"},
    ),
    "the target as group": (table(split={"test": 0.1, "hash": "kind"}), {"/dataset/split/hash": "split_by_target"}),
    "no fractions": (table(split={"stratify": "job"}), {"/dataset/split/stratify": "no_fractions"}),
    "fractions beside folds": (
        table(split={"fold": {"column": "fold", "validation": 1}, "test": 0.1, "seed": 3}),
        {"/dataset/split/test": "split_without_meaning", "/dataset/split/seed": "split_without_meaning"},
    ),
    "nothing held back": (table(split={"column": {"column": "job"}}), {"/dataset/split/column": "no_fractions"}),
    "unknown values": (
        table(split={"column": {"column": "job", "validation": "clerc", "test": 3}}),
        {"/dataset/split/column/validation": "unknown_value", "/dataset/split/column/test": "unknown_value"},
    ),
    "an unknown fold": (
        table(split={"fold": {"column": "fold", "validation": 3}}),
        {"/dataset/split/fold/validation": "unknown_value"},
    ),
    "a boolean twice": (
        table(features=["age"], split={"column": {"column": "member", "validation": "yes", "test": True}}),
        {"/dataset/split/column/test": "value_twice"},
    ),
    "a number beyond all numbers": (
        table(split={"fold": {"column": "fold", "validation": 10**400}}),
        {"/dataset/split/fold/validation": "inexact_value"},
    ),
    "values that are none": (
        table(split={"column": {"column": "fold", "validation": [1], "test": {}}}),
        {"/dataset/split/column/validation": "value_type", "/dataset/split/column/test": "value_type"},
    ),
    "a target that is no column": (table(target=["kind", 1]), {"/dataset/target/1": "string_type"}),
    "an empty list of targets": (table(target=[]), {"/dataset/target": "too_short"}),
    "one feature, and that at fault": (
        table(features=[{"column": "age", "encoding": "onehot"}]),
        {"/dataset/features/0/encoding": "unknown_encoding"},
    ),
    "a name of an input": (table(inputs={"a b": ["age"]}), {"/dataset/inputs/a b": "bad_name"}),
    "a value twice": (
        table(split={"column": {"column": "fold", "validation": 1, "test": "1"}}),
        {"/dataset/split/column/test": "value_twice"},
    ),
    "unknown rows for validation": (table(validation_from="ds_x"), {"/dataset/validation_from": "unknown_dataset"}),
    "a name for validation": (table(validation_from="adults"), {"/dataset/validation_from": "unknown_dataset"}),
    "built-in rows for validation": (table(validation_from="iris"), {"/dataset/validation_from": "built_in_dataset"}),
    "the same rows for validation": (table(validation_from=TABLE), {"/dataset/validation_from": "same_dataset"}),
    "rows for validation without a column": (
        table(validation_from=OTHER, features=["age", "fold"]),
        {"/dataset/validation_from": "validation_unlike"},
    ),
    "rows for validation with other types": (
        table(validation_from=OTHER, features=["job", "fold"]),
        {"/dataset/validation_from": "validation_unlike"},
    ),
    "rows validated twice": (
        table(validation_from=OTHER, split={"fold": {"column": "fold", "validation": 1}}),
        {"/dataset/split/fold": "split_twice"},
    ),
    "a built-in data set": (
        {
            "name": "iris",
            "inputs": {"a": ["petal width (cm)"]},
            "missing": {"number": "zero"},
            "image": {"mode": "grey"},
            "sample_weight": "w",
            "validation_from": TABLE,
            "split": {"test": 0.1, "stratify": "target"},
        },
        {
            "/dataset/inputs": "built_in_dataset",
            "/dataset/missing": "built_in_dataset",
            "/dataset/image": "built_in_dataset",
            "/dataset/sample_weight": "built_in_dataset",
            "/dataset/validation_from": "built_in_dataset",
            "/dataset/split/stratify": "built_in_dataset",
        },
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_data_set_that_cannot_be_used_so_is_refused_where_it_says_so(name: str) -> None:
    dataset, faults = REFUSED[name]
    told = [(fault.pointer, fault.code) for fault in own(dataset).faults]
    assert sorted(told) == sorted(faults.items())


def test_what_is_not_there_is_not_answered_with_built_in_data_sets_where_none_can_be() -> None:
    gone = new_id("ds")
    for dataset in (gone, table(validation_from=gone), table(validation_from="digit")):
        (fault,) = own(dataset).faults
        assert (fault.code, fault.suggestion) == ("unknown_dataset", None)
        assert "digits" not in fault.message
        assert "Use the id of" in fault.message


def test_the_nearest_column_is_suggested() -> None:
    (fault,) = own(table(features=["membr"])).faults
    assert fault.suggestion == "member"
    (fault,) = own(table(features=["zzz"])).faults
    assert fault.message.endswith('"exact", "signed" and others.')


def test_no_more_than_so_many_faults_are_told() -> None:
    assert [fault.code for fault in own(MANY_TEXTS).faults] == ["encoding_needed"] * MOST_FAULTS


LABELS = {"target": ["member", "loud"], "features": ["age"]}
BINARY = {"loss": "binary_crossentropy", "metrics": ["binary_accuracy", "AUC"]}
ACCEPTED: dict[str, tuple[object, list[dict[str, Any]], dict[str, object]]] = {
    "a plain object": (table(features=[{"column": "age"}, "job"]), DENSE, {}),
    "all encodings": (
        table(
            features=[
                {"column": "job", "encoding": "ordinal", "order": ["cook", "clerk", "pilot"]},
                {"column": "city", "encoding": "hashed", "bins": 8},
                {"column": "hired", "encoding": "date_parts", "parts": ["year"]},
                {"column": "note", "encoding": "tf_idf", "max_tokens": 50},
                {"column": "fold", "encoding": "one_hot"},
                "member",
            ]
        ),
        DENSE,
        {},
    ),
    "several inputs": (
        table(inputs={"text": [TOKENS], "rest": ["age", "job"]}),
        [{"type": "Concatenate", "inputs": ["text", "rest"]}, *DENSE],
        {},
    ),
    "pictures": ({"name": PICTURES, "image": {"size": [4, 4]}}, [{"type": "Flatten"}, {**DENSE[0], "units": 2}], {}),
    "an array": (
        {"name": ARRAYS, "features": ["x"], "target": {"column": "y", "type": "classes"}},
        [{"type": "Flatten"}, *DENSE],
        {},
    ),
    "labels": (table(**LABELS), [SIGMOID], BINARY),
    "an array of labels": (
        {"name": ARRAYS, "target": {"column": "flat", "type": "labels"}, "features": ["several"]},
        [{**SIGMOID, "units": 3}],
        BINARY,
    ),
    "several numbers": (
        {"name": ARRAYS, "target": "several", "features": ["flat"]},
        [{"type": "Dense", "units": 2}],
        {"loss": "mse", "metrics": ["mae"]},
    ),
    "folds": (
        table(split={"fold": {"column": "fold", "validation": 2}}),
        DENSE,
        {"callbacks": [{"type": "EarlyStopping"}]},
    ),
    "booleans": (
        table(features=["age"], split={"column": {"column": "member", "validation": True}}),
        DENSE,
        {"callbacks": [{"type": "EarlyStopping"}]},
    ),
    "strata by a feature": (table(split={"validation": 0.2, "stratify": "member"}), DENSE, {}),
    "the target as stratum": (table(split={"validation": 0.2, "stratify": "kind"}), DENSE, {}),
    "the time of a row, and what follows from it": (
        table(features=["age", "hired"], split={"test": 0.2, "time": "hired"}),
        DENSE,
        {},
    ),
    "weights": (table(sample_weight="weight"), DENSE, {"weighted_metrics": ["accuracy"]}),
    "other rows": (table(features=["city"], validation_from=OTHER), DENSE, {"callbacks": [{"type": "EarlyStopping"}]}),
    "rows that may be left out": (
        table(features=["income"], missing={"number": "drop_row"}, split={"test": 0.001}),
        DENSE,
        {},
    ),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_job_on_a_users_data_set_is_accepted(name: str) -> None:
    dataset, layers, training = ACCEPTED[name]
    checked = own(dataset, layers, **training)
    assert checked.faults == []
    assert {advice.code for advice in checked.advice} <= {"batch_larger_than_data"}


TRAININGS: dict[str, tuple[object, list[dict[str, Any]], dict[str, object], dict[str, str]]] = {
    "two weights": (
        table(sample_weight="weight"),
        DENSE,
        {"class_weight": "balanced"},
        {"/training/class_weight": "weights_twice"},
    ),
    "a loss across rows": (
        table(sample_weight="weight"),
        DENSE,
        {"loss": {"type": "CosineSimilarity", "axis": 0}, "metrics": []},
        {"/dataset/sample_weight": "loss_across_rows"},
    ),
    "split twice": (
        table(split={"test": 0.1}),
        DENSE,
        {"validation_split": 0.1},
        {"/training/validation_split": "split_twice"},
    ),
    "validated twice": (
        table(features=["city"], validation_from=OTHER),
        DENSE,
        {"validation_split": 0.1},
        {"/training/validation_split": "split_twice"},
    ),
    "classes for labels": (
        table(**LABELS),
        [SIGMOID],
        {"loss": "categorical_crossentropy"},
        {"/training/loss": "loss_wants_classes"},
    ),
    "too many outputs for labels": (
        table(**LABELS),
        [{**SIGMOID, "units": 3}],
        BINARY,
        {"/network/layers/0/units": "units_not_labels"},
    ),
    "a metric of classes for labels": (
        table(**LABELS),
        [SIGMOID],
        {**BINARY, "metrics": ["categorical_accuracy"]},
        {"/training/metrics/0": "metric_does_not_fit"},
    ),
    "weights of classes for labels": (
        table(**LABELS),
        [SIGMOID],
        {**BINARY, "class_weight": "balanced"},
        {"/training/class_weight": "no_classes"},
    ),
    "too few outputs for numbers": (
        {"name": ARRAYS, "target": "several", "features": ["flat"]},
        [{"type": "Dense", "units": 1}],
        {"loss": "mse", "metrics": ["mae"]},
        {"/network/layers/0/units": "units_not_of_target"},
    ),
    "no rows to train on": (table(split={"test": 0.999}), DENSE, {}, {"/dataset/split": "no_rows"}),
}


@pytest.mark.parametrize("name", TRAININGS)
def test_a_training_must_agree_with_the_data_set(name: str) -> None:
    dataset, layers, training, faults = TRAININGS[name]
    assert {fault.pointer: fault.code for fault in own(dataset, layers, **training).faults} == faults


ADVICE: dict[str, tuple[object, list[dict[str, Any]], dict[str, object], tuple[str, str]]] = {
    "sorted": (
        {"name": ARRAYS, "features": ["flat"], "target": {"column": "y", "type": "classes"}},
        DENSE,
        {"validation_split": 0.1},
        ("/training/validation_split", "sorted_target"),
    ),
    "sorted and not shuffled": (
        {
            "name": ARRAYS,
            "features": ["flat"],
            "target": {"column": "y", "type": "classes"},
            "split": {"validation": 0.1},
        },
        DENSE,
        {},
        ("/dataset/split", "sorted_target"),
    ),
    "unequal": (table(target="rare"), [{**DENSE[0], "units": 2}], {}, ("/dataset", "unequal_classes")),
    "ids": (table(features=["age", "code"]), DENSE, {}, ("/dataset/features/1", "id_feature")),
    "softmax": (
        table(**LABELS),
        [{**SIGMOID, "activation": "softmax"}],
        BINARY,
        ("/network/layers/0/activation", "softmax_of_labels"),
    ),
    "accuracy": (
        table(**LABELS),
        [SIGMOID],
        {**BINARY, "metrics": ["accuracy"]},
        ("/training/metrics/0", "accuracy_of_labels"),
    ),
}


@pytest.mark.parametrize("name", ADVICE)
def test_what_is_doubtful_is_told(name: str) -> None:
    dataset, layers, training, expected = ADVICE[name]
    checked = own(dataset, layers, **training)
    assert checked.faults == []
    assert expected in {(advice.pointer, advice.code) for advice in checked.advice}


def test_a_job_keeps_the_facts_of_the_columns_that_it_uses() -> None:
    dataset = DatasetSpec.model_validate(
        table(features=["age", "job"], sample_weight="weight", split={"test": 0.1, "group": "city"})
    )
    kept = facts_kept(dataset, FACTS)
    assert [one.name for one in kept.read] == ["age", "job", "city", "weight", "kind"]
    assert not any(one.top for one in kept.read)
    assert resolve(dataset, kept).inputs[0].shape == resolve(dataset, FACTS).inputs[0].shape
    again = type(kept).model_validate_json(kept.model_dump_json(exclude_defaults=True))
    assert again == kept
    assert facts_for(dataset, again).rows == facts_for(dataset, FACTS).rows


def test_the_examples_of_the_documentation_are_data_sets() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    section = page.partition("### A data set of your own\n")[2].partition("\n### ")[0]
    examples = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", section, re.DOTALL)]
    assert len(examples) == 3
    for example in examples:
        DatasetSpec.model_validate(example)
    for name in (*ENCODINGS, *WAYS, *DatasetSpec.model_fields, *MissingSpec.model_fields, *ImageSpec.model_fields):
        assert f"`{name}`" in section or f'"{name}"' in section, name
