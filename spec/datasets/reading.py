"""How a job reads the columns of a data set of a user's, beside their encodings: gaps, targets and pictures."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, core_schema

from spec.datasets.names import ColumnName
from spec.language.declared import Section
from spec.language.faults import fault_error, raise_faults
from spec.language.lists import AtMost, OneOrMore
from spec.language.retired import Retired, called

TargetType = Literal["number", "classes", "labels"]
"""What a target is: a number, one of several classes, or several labels that may all hold."""

MOST_LABELS = 1_000


class MissingSpec(Section):
    """What becomes of missing values.

    Attributes:
        number: What stands for a missing number: the mean, the median or the commonest of the training rows, or 0; or
            the row is left out. Each part of a missing date, and each number of an array, is filled by itself.
        category: Missing values of categories and booleans, and of numbers that are encoded as categories are, are a
            value of their own, the commonest one of the training rows, or the row is left out. As a value of their
            own, they get the number after all others as an `ordinal`, no place as `hashed`, and count as unknown where
            the data set has none.
        target: A row without a target is left out, or refused.
        indicator: Whether each column of numbers, booleans or dates that has gaps gets one more place, 1 where a value
            is missing.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {"numbers": called("number"), "categories": called("category")}

    number: Literal["mean", "median", "most_common", "zero", "drop_row"] = "mean"
    category: Literal["own", "most_common", "drop_row"] = "own"
    target: Literal["drop_row", "refuse"] = "drop_row"
    indicator: bool = False


class ImageSpec(Section):
    """How pictures are read.

    Attributes:
        size: Height and width that all pictures get, in pixels. Needed if they differ.
        mode: Grey levels or colours. By default, colours if any picture has some.
        fit: How a picture of another shape gets there: stretched; its middle cropped; or padded with black.
        interpolation: How pixels are resampled, as Pillow does it.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        "image_size": called("size"),
        "color_mode": called("mode"),
        "resize": called("size"),
    }

    size: Annotated[OneOrMore[Annotated[int, Field(ge=1, le=4_096)]], Field(min_length=2, max_length=2)] | None = None
    mode: Literal["grey", "rgb"] | None = None
    fit: Literal["stretch", "crop", "pad"] = "stretch"
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos", "box"] = "bilinear"


Labels = Annotated[OneOrMore[ColumnName], AtMost(MOST_LABELS, "labels")]


class _OneOrSeveral:
    """Annotation of the columns of a target: one, or a list."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        one, several = handler.generate_schema(ColumnName), handler.generate_schema(Labels)
        choose = partial(self._check, one=TypeAdapter(ColumnName), several=TypeAdapter(Labels))
        return core_schema.no_info_wrap_validator_function(choose, core_schema.union_schema([one, several]))

    @staticmethod
    def _check(value: object, _inner: Any, *, one: Any, several: Any) -> object:  # noqa: ANN401 - pydantic's
        return (one if isinstance(value, str) else several).validate_python(value)


ColumnsField = Annotated[str | tuple[str, ...], _OneOrSeveral()]
"""One column, or several."""


class TargetSpec(Section):
    """The column to predict, and what it is.

    Attributes:
        column: Which one, or several.
        type: What it is. By default: several columns are labels, categories and booleans are classes, numbers numbers.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {"columns": called("column"), "name": called("column")}

    column: ColumnsField
    type: TargetType | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them."""
        return (self.column,) if isinstance(self.column, str) else self.column


class _NameOrObject:
    """Annotation of a target: a column, several, or an object with a ``column``."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        union = core_schema.union_schema([handler.generate_schema(ColumnsField), handler.generate_schema(TargetSpec)])
        check = partial(self._check, columns=TypeAdapter(ColumnsField))
        return core_schema.no_info_wrap_validator_function(check, union)

    @staticmethod
    def _check(value: object, _inner: Any, *, columns: Any) -> TargetSpec | str | tuple[str, ...]:  # noqa: ANN401 - pydantic's
        if isinstance(value, str | list | tuple):
            return columns.validate_python(value)
        if not isinstance(value, dict | TargetSpec):
            sentence = "A target must be the name of a column, a list of them, or an object with a `column`."
            raise_faults([fault_error("target_type", sentence)])
        return TargetSpec.model_validate(value)


TargetField = Annotated[TargetSpec | str | tuple[str, ...], _NameOrObject()]
"""A target as it is sent."""


def target_of(value: TargetSpec | str | tuple[str, ...]) -> TargetSpec:
    """The object that a field's value says."""
    return value if isinstance(value, TargetSpec) else TargetSpec(column=value)
