"""What is known of the built-in data sets, and the arithmetic of columns and rows."""

import math

import pytest
import sklearn.datasets
from hypothesis import given
from hypothesis import strategies as st

from spec.datasets.built_in import BUILT_IN
from spec.datasets.choice import DatasetSpec, dataset_of
from spec.datasets.counts import row_counts
from spec.datasets.resolution import facts_for
from spec.datasets.rules.built_in import faults_of_built_in
from spec.datasets.splits import SplitSpec
from spec.datasets.synthetic import REVIEWS, WAVEFORMS


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes", "digits"])
def test_facts_are_those_of_scikit_learns_own_sets(name: str) -> None:
    bunch = getattr(sklearn.datasets, f"load_{name}")()
    facts = BUILT_IN[name]
    if name == "digits":
        assert (facts.rows, facts.input_shape) == (bunch.images.shape[0], bunch.images.shape[1:])
        assert facts.unit_maximum == bunch.images.max()
    else:
        assert (facts.rows, *facts.input_shape) == bunch.data.shape
        assert facts.columns == tuple(str(column) for column in bunch.feature_names)
    if facts.target == "classes":
        assert facts.classes == len(bunch.target_names)
        assert set(bunch.target) == set(range(facts.classes or 0))
    else:
        assert facts.classes is None


def test_the_contracts_table() -> None:
    told = {name: (facts.rows, facts.test_rows, facts.input_shape, facts.classes) for name, facts in BUILT_IN.items()}
    assert told == {
        "digits": (1797, 0, (8, 8), 10),
        "mnist": (60_000, 10_000, (28, 28), 10),
        "fashion_mnist": (60_000, 10_000, (28, 28), 10),
        "cifar10": (50_000, 10_000, (32, 32, 3), 10),
        "cifar100": (50_000, 10_000, (32, 32, 3), 100),
        "iris": (150, 0, (4,), 3),
        "wine": (178, 0, (13,), 3),
        "breast_cancer": (569, 0, (30,), 2),
        "diabetes": (442, 0, (10,), None),
        "california_housing": (20_640, 0, (8,), None),
        "synthetic_waveforms": (4_000, 1_000, (64, 2), 5),
        "synthetic_reviews": (4_000, 1_000, (24,), 2),
    }
    assert {facts.scaling for facts in BUILT_IN.values() if facts.columns} == {"standard"}
    of_rows = {facts.name: facts.scaling for facts in BUILT_IN.values() if not facts.columns}
    assert [name for name, scaling in of_rows.items() if scaling == "none"] == [WAVEFORMS, REVIEWS]
    assert set(of_rows.values()) == {"unit", "none"}


@pytest.mark.parametrize(("name", "what"), [(WAVEFORMS, "series"), (REVIEWS, "texts"), ("digits", "images")])
def test_rows_that_are_no_table_have_no_columns(name: str, what: str) -> None:
    dataset = DatasetSpec(name=name, features=("a",))
    sentence = f'"{name}" contains {what}, which have no columns. Leave `features` out.'
    assert [one.message for one in faults_of_built_in(dataset, BUILT_IN[name])] == [sentence]


def test_columns_change_the_facts() -> None:
    iris = BUILT_IN["iris"]
    assert facts_for(dataset_of("iris"), iris) == iris
    few = facts_for(DatasetSpec(name="iris", features=("petal width (cm)", "petal length (cm)")), iris)
    assert (few.input_shape, few.columns, few.classes) == ((2,), ("petal width (cm)", "petal length (cm)"), 3)
    number = facts_for(DatasetSpec(name="iris", target="petal width (cm)", scaling="unit"), iris)
    assert (number.target, number.classes, number.input_shape) == ("number", None, (3,))
    assert (number.target_column, number.scaling) == ("petal width (cm)", "unit")
    assert "target" not in number.columns
    with_class = facts_for(
        DatasetSpec(name="iris", target="petal width (cm)", features=("target", "sepal width (cm)")), iris
    )
    assert with_class.columns == ("target", "sepal width (cm)")


@given(st.floats(0, 0.99))
def test_validation_split_is_cut_as_keras_cuts_it(validation_split: float) -> None:
    rows = BUILT_IN["digits"].rows
    counts = row_counts(dataset_of("digits"), BUILT_IN["digits"], validation_split)
    assert counts.train == math.floor(rows * (1.0 - validation_split))
    assert sum(counts) == rows


def test_split_of_a_data_set() -> None:
    wine = BUILT_IN["wine"]

    def counted(validation: float, test: float, validation_split: float = 0.0) -> tuple[int, int, int]:
        split = SplitSpec(validation=validation, test=test, seed=1)
        return row_counts(DatasetSpec(name="wine", split=split), wine, validation_split)

    assert counted(0.1, 0.2) == (124, 18, 36)
    assert counted(0.0, 0.5) == (89, 0, 89)
    assert counted(0.0, 0.5, 0.25) == (66, 23, 89)
    assert counted(0.0, 0.0) == (178, 0, 0)
    assert row_counts(dataset_of("mnist"), BUILT_IN["mnist"], 5000 / 60000) == (55_000, 5_000, 10_000)
