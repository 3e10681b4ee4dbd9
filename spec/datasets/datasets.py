"""Data sets: what is known of one before its rows are loaded, and what a job may ask of one."""

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, Strict
from pydantic_core import CoreSchema, core_schema

from spec.language.declared import Section, rule
from spec.language.faults import fault_error, raise_faults
from spec.language.lists import AtMost
from spec.language.retired import Retired, called
from spec.networks.sizes import Seed

Scaling = Literal["none", "unit", "standard"]
"""How features are scaled, always by the training rows alone, in float64, float32 in the end.

- ``none``: not at all.
- ``unit``: into 0..1. Images are divided by the greatest value a pixel can have; of a table's column, the least value
  is taken off and the range divided by (1 where it is 0).
- ``standard``: each feature (each pixel, too) less its mean, by its deviation (ddof 0; 1 where it is 0).

The training rows are those that are trained on: neither validation nor test rows.
"""

LONGEST_NAME = 200
"""Of a data set, in characters."""

ColumnName = Annotated[str, Field(min_length=1, max_length=256)]
"""A column of a table."""


class DatasetFacts(BaseModel):
    """What is known of a data set, or of the part of it that a job uses.

    Attributes:
        name: Its name or id.
        rows: How many there are to train on and to validate with.
        test_rows: How many its authors set apart for testing.
        input_shape: Of one row, without the batch.
        target: Whether the target is one of several classes or a number.
        classes: How many classes; None for a number.
        columns: Names of the feature columns in order; empty for images.
        target_column: The target's name among the columns; None for images.
        scaling: What is done unless a job says otherwise.
        unit_maximum: What "unit" divides by; None for tables.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    rows: int
    test_rows: int = 0
    input_shape: tuple[int, ...]
    target: Literal["classes", "number"]
    classes: int | None = None
    columns: tuple[str, ...] = ()
    target_column: str | None = None
    scaling: Scaling
    unit_maximum: float | None = None

    @property
    def size_bytes(self) -> int:
        """Memory of all its features as float32, and of as many targets as four bytes each."""
        return 4 * (self.rows + self.test_rows) * (math.prod(self.input_shape) + 1)


class SplitSpec(Section):
    """How the rows are split: first the training rows, then the validation rows, then the test rows.

    Attributes:
        validation: The fraction of rows for validation, rounded to the nearest number of rows.
        test: The fraction of rows for the ``test_…`` metrics, rounded to the nearest number of rows.
        seed: If given, the rows are first put in the order ``numpy.random.default_rng(seed).permutation(rows)``.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        "validation_split": called("validation"),
        "train": Retired("All rows that are in neither `validation` nor `test` are trained on. Leave `{name}` out."),
    }

    validation: Annotated[float, Field(ge=0, lt=1)] = 0.0
    test: Annotated[float, Field(ge=0, lt=1)] = 0.0
    seed: Seed | None = None

    @rule
    def _check_rest(self) -> None:
        if self.validation + self.test >= 1:
            raise_faults(
                [
                    fault_error(
                        "out_of_range",
                        "`validation` and `test` leave no rows to train on. Their sum must be less than 1.",
                    )
                ]
            )


class DatasetSpec(Section):
    """A data set, and how it is used.

    Attributes:
        name: The name or the id of the data set.
        features: The columns to learn from, in this order. By default, all feature columns except the target.
        target: The column to predict. By default, the target of the data set. Any other column is a number.
        scaling: How features are scaled. By default, the scaling of the data set.
        split: How the rows are split.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        "id": Retired("A data set is chosen by its name or its id, both in the same field.", "name"),
        "columns": called("features"),
        "label": called("target"),
        "normalize": called("scaling"),
        "validation_split": Retired('The fraction of validation rows is set as in {"validation": 0.1}.', "split"),
    }

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    features: (
        Annotated[
            tuple[ColumnName, ...],
            Strict(False),  # noqa: FBT003 - JSON has lists, not tuples
            Field(min_length=1),
            AtMost(10_000, "columns"),
        ]
        | None
    ) = None
    target: ColumnName | None = None
    scaling: Scaling | None = None
    split: SplitSpec | None = None


class _NameOrObject:
    """Annotation of a data set: a name, or an object."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        union = core_schema.union_schema([core_schema.str_schema(), handler.generate_schema(DatasetSpec)])
        return core_schema.no_info_wrap_validator_function(self._check, union)

    @staticmethod
    def _check(value: object, _inner: Any) -> str | DatasetSpec:  # noqa: ANN401 - pydantic's handler
        if isinstance(value, str):
            if not 1 <= len(value) <= LONGEST_NAME:
                raise_faults(
                    [fault_error("string_length", f"The name of a data set must have 1 to {LONGEST_NAME} characters.")]
                )
            return value
        if not isinstance(value, dict | DatasetSpec):
            raise_faults([fault_error("dataset_type", "A data set must be a name, or an object with a `name`.")])
        return DatasetSpec.model_validate(value)


DatasetField = Annotated[str | DatasetSpec, _NameOrObject()]
"""A data set, by its name or as an object."""


class RowCounts(NamedTuple):
    """How many rows there are of each kind."""

    train: int
    validation: int
    test: int


def dataset_of(value: str | DatasetSpec) -> DatasetSpec:
    """The object that a field's value says."""
    return DatasetSpec(name=value) if isinstance(value, str) else value


FactsOf = Callable[[str], DatasetFacts | None]
"""The facts of a data set by its name or id; None where there is none such. Who needs facts is given one of these."""


def facts_for(dataset: DatasetSpec, facts: DatasetFacts) -> DatasetFacts:
    """The facts of the part of a data set that a job uses; its columns must be the data set's."""
    changes: dict[str, Any] = {}
    if facts.columns:
        target = dataset.target or facts.target_column
        columns = dataset.features or tuple(column for column in facts.columns if column != target)
        changes = {"columns": columns, "input_shape": (len(columns),), "target_column": target}
        if target != facts.target_column:
            changes |= {"target": "number", "classes": None}
    if dataset.scaling is not None:
        changes["scaling"] = dataset.scaling
    return facts.model_copy(update=changes)


def row_counts(dataset: DatasetSpec, facts: DatasetFacts, validation_split: float) -> RowCounts:
    """How many rows are trained on, validated with and tested with.

    ``validation_split`` of n rows trains on the first ``floor(n * (1 - validation_split))``, as Keras's ``fit``.
    """
    split = dataset.split
    if split is None or not (split.validation or split.test):
        train = math.floor(facts.rows * (1.0 - validation_split)) if validation_split else facts.rows
        return RowCounts(train, facts.rows - train, facts.test_rows)
    validation, test = round(facts.rows * split.validation), round(facts.rows * split.test)
    rest = facts.rows - test
    if validation_split:
        validation = rest - math.floor(rest * (1.0 - validation_split))
    return RowCounts(rest - validation, validation, test or facts.test_rows)


def _images(name: str, rows: tuple[int, int], shape: tuple[int, ...], classes: int, maximum: int) -> DatasetFacts:
    return DatasetFacts(
        name=name,
        rows=rows[0],
        test_rows=rows[1],
        input_shape=shape,
        target="classes",
        classes=classes,
        scaling="unit",
        unit_maximum=maximum,
    )


def _table(name: str, rows: int, columns: tuple[str, ...], classes: int | None) -> DatasetFacts:
    return DatasetFacts(
        name=name,
        rows=rows,
        input_shape=(len(columns),),
        target="number" if classes is None else "classes",
        classes=classes,
        columns=columns,
        target_column="target",
        scaling="standard",
    )


_IRIS = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
_WINE = (
    "alcohol",
    "malic_acid",
    "ash",
    "alcalinity_of_ash",
    "magnesium",
    "total_phenols",
    "flavanoids",
    "nonflavanoid_phenols",
    "proanthocyanins",
    "color_intensity",
    "hue",
    "od280/od315_of_diluted_wines",
    "proline",
)
_CELL = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)
_BREAST_CANCER = tuple(pattern.format(part) for pattern in ("mean {}", "{} error", "worst {}") for part in _CELL)
_DIABETES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")
CALIFORNIA_COLUMNS = (
    "longitude",
    "latitude",
    "housing_median_age",
    "total_rooms",
    "total_bedrooms",
    "population",
    "households",
    "median_income",
)
"""As the data set's authors order them; the file that Keras loads names none."""

BUILT_IN: Mapping[str, DatasetFacts] = {
    facts.name: facts
    for facts in (
        _images("digits", (1_797, 0), (8, 8), 10, 16),
        _images("mnist", (60_000, 10_000), (28, 28), 10, 255),
        _images("fashion_mnist", (60_000, 10_000), (28, 28), 10, 255),
        _images("cifar10", (50_000, 10_000), (32, 32, 3), 10, 255),
        _images("cifar100", (50_000, 10_000), (32, 32, 3), 100, 255),
        _table("iris", 150, _IRIS, 3),
        _table("wine", 178, _WINE, 3),
        _table("breast_cancer", 569, _BREAST_CANCER, 2),
        _table("diabetes", 442, _DIABETES, None),
        _table("california_housing", 20_640, CALIFORNIA_COLUMNS, None),
    )
}
"""The data sets that are always there. Tables stand in the order ``numpy.random.default_rng(0).permutation(rows)``."""


def built_in_facts(name: str) -> DatasetFacts | None:
    """The facts of a built-in data set; None if there is none of that name."""
    return BUILT_IN.get(name)
