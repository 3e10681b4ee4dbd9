"""What a job may say of a data set, and what the part of it is like that the job uses."""

from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Any, ClassVar, cast

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from spec.datasets.augmenting_layers import AugmentField
from spec.datasets.encodings import FeatureField
from spec.datasets.facts import Scaling
from spec.datasets.input_names import MOST_INPUTS, InputName
from spec.datasets.names import LONGEST_NAME, ColumnName
from spec.datasets.reading import ImageSpec, MissingSpec, TargetField
from spec.datasets.splits import SplitSpec
from spec.language.declared import Section, rule
from spec.language.faults import fault_error, raise_faults
from spec.language.lists import AtMost, OneOrMore
from spec.language.retired import Retired, called

MOST_FEATURES = 10_000

Features = Annotated[OneOrMore[FeatureField], AtMost(MOST_FEATURES, "columns")]
"""The columns to learn from."""


class DatasetSpec(Section):
    """A data set, and how it is used.

    Attributes:
        name: The name or the id of the data set.
        features: The columns to learn from, in this order. By default, all feature columns except the target.
        inputs: In the place of `features`: the columns of each of several inputs of the network, by its name.
        target: The column to predict, or several. By default, the target of the data set. Of a built-in data set, any
            other column is a number.
        scaling: How numbers are scaled. By default, the scaling of the data set.
        missing: What becomes of missing values.
        image: How pictures are read.
        augment: Layers that vary the rows at random, one after the other, in training only. The trained network does
            not contain them. For several inputs, an object with the layers of some of them.
        sample_weight: The column with each row's weight.
        split: How the rows are split.
        validation_from: The data set that has the validation rows.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        "id": Retired("A data set is chosen by its name or its id, both in the same field.", "name"),
        "columns": called("features"),
        "label": called("target"),
        "normalize": called("scaling"),
        "augmentation": called("augment"),
        "transforms": called("augment"),
        "validation_split": Retired('The fraction of validation rows is set as in {"validation": 0.1}.', "split"),
    }

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    features: Features | None = None
    inputs: Annotated[dict[InputName, Features], Field(min_length=1), AtMost(MOST_INPUTS, "inputs")] | None = None
    target: TargetField | None = None
    scaling: Scaling | None = None
    missing: MissingSpec = MissingSpec()
    image: ImageSpec | None = None
    augment: AugmentField | None = None
    sample_weight: ColumnName | None = None
    split: SplitSpec | None = None
    validation_from: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)] | None = None

    @property
    def has_validation(self) -> bool:
        """Whether it says itself which rows validate."""
        return self.validation_from is not None or (self.split is not None and self.split.has_validation)

    @rule
    def _check_inputs(self) -> None:
        if self.features is not None and self.inputs is not None:
            sentence = "`features` are those of a network with one input, `inputs` of one with several. Remove one."
            raise_faults([fault_error("either_or", sentence, at=("inputs",))])

    @rule
    def _check_validation(self) -> None:
        if self.validation_from is None or self.split is None or not self.split.has_validation:
            return
        at = ("validation",) if self.split.validation else (self.split.way or "", "validation")
        sentence = "The validation rows come from another data set. Leave `validation` out of `split`."
        if self.split.fold is not None:
            at, sentence = ("fold",), "The validation rows come from another data set. Leave `fold` out of `split`."
        raise_faults([fault_error("split_twice", sentence, at=("split", *at))])


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


def inputs_in(body: object) -> tuple[str, ...]:
    """The names of the inputs that a job spec gives its network, in order, whatever else is wrong with it; often none.

    Args:
        body: A job spec, or another body with a ``dataset``, as JSON gives it.
    """
    said: object = cast("dict[str, object]", body).get("dataset") if isinstance(body, dict) else None
    inputs: object = cast("dict[str, object]", said).get("inputs") if isinstance(said, dict) else None
    if isinstance(said, DatasetSpec):
        inputs = said.inputs
    return tuple(islice(cast("dict[str, object]", inputs), MOST_INPUTS)) if isinstance(inputs, dict) else ()


def names_in(body: object) -> frozenset[str]:
    """The names of the data sets that a job spec uses, whatever else is wrong with it."""
    said: object = cast("dict[str, object]", body).get("dataset") if isinstance(body, dict) else None
    members = cast("dict[str, object]", said) if isinstance(said, dict) else {"name": said}
    names = (members.get("name"), members.get("validation_from"))
    return frozenset(name for name in names if isinstance(name, str))
