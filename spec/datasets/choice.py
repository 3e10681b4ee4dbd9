"""What a job may say of a data set, and what the part of it is like that the job uses."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, cast

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from spec.datasets.facts import DatasetFacts, Scaling
from spec.datasets.splits import SplitSpec
from spec.language.declared import Section
from spec.language.faults import fault_error, raise_faults
from spec.language.lists import AtMost, OneOrMore
from spec.language.retired import Retired, called

LONGEST_NAME = 200
"""Of a data set, in characters."""

ColumnName = Annotated[str, Field(min_length=1, max_length=256)]
"""A column of a table."""


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
    features: Annotated[OneOrMore[ColumnName], AtMost(10_000, "columns")] | None = None
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


def dataset_of(value: str | DatasetSpec) -> DatasetSpec:
    """The object that a field's value says."""
    return DatasetSpec(name=value) if isinstance(value, str) else value


def names_in(body: object) -> frozenset[str]:
    """The names of the data sets that a job spec uses, whatever else is wrong with it."""
    said: object = cast("dict[str, object]", body).get("dataset") if isinstance(body, dict) else None
    name: object = cast("dict[str, object]", said).get("name") if isinstance(said, dict) else said
    return frozenset({name} if isinstance(name, str) else ())


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
