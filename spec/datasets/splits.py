"""How the rows of a data set are split, where a job says so."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from spec.datasets.names import ColumnName
from spec.language.declared import Section, rule
from spec.language.faults import fault_error, raise_faults
from spec.language.retired import Retired, called
from spec.language.sentences import enumeration, quoted
from spec.networks.sizes import Seed

MOST_EXACT = 2**53
"""Up to here, every whole number is one of a column of numbers."""


class _PlainValue:
    """Annotation of a value that is no list and no object."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._check, handler(source))

    @staticmethod
    def _check(value: object, _inner: Any) -> object:  # noqa: ANN401 - pydantic's handler
        if not isinstance(value, str | int | float):
            sentence = "The value of a column must be a string, a number, true or false."
            raise_faults([fault_error("value_type", sentence)])
        if isinstance(value, int) and abs(value) > MOST_EXACT:
            sentence = "Whole numbers beyond 2^53 are not exact. Write the value as a string, as it is in the file."
            raise_faults([fault_error("inexact_value", sentence)])
        return value


Value = Annotated[str | int | float | bool, Field(union_mode="left_to_right"), _PlainValue()]
"""A value of a column, as JSON has it."""


class ColumnSplit(Section):
    """Rows are split by the value of a column.

    Attributes:
        column: Which.
        training: The value of training rows. By default, all other values.
        validation: The value of validation rows.
        test: The value of test rows.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {"train": called("training")}

    column: ColumnName
    training: Value | None = None
    validation: Value | None = None
    test: Value | None = None


class FoldSpec(Section):
    """One fold of several: its rows validate, and those of all others are trained on.

    Attributes:
        column: The column with each row's fold.
        validation: The value of the fold that validates.
    """

    column: ColumnName
    validation: Value


class SplitSpec(Section):
    """How the rows are split: first the training rows, then the validation rows, then the test rows.

    Attributes:
        validation: The fraction of rows for validation, rounded to the nearest number of rows.
        test: The fraction of rows for the ``test_…`` metrics, rounded to the nearest number of rows.
        seed: If given, the rows are first put in the order ``numpy.random.default_rng(seed).permutation(rows)``.
        stratify: A column of which every part has each value in the same proportion.
        group: A column whose equal values stay in one part.
        time: A column by which rows are put in order first: the oldest are trained on, and the newest test.
        hash: A column of ids: each row's part follows from its id alone, and stays when rows are added.
        column: A column that says of each row which part it is in.
        fold: A column with folds, one of which validates.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        "validation_split": called("validation"),
        "train": Retired("All rows that are in neither `validation` nor `test` are trained on. Leave `{name}` out."),
    }

    validation: Annotated[float, Field(ge=0, lt=1)] = 0.0
    test: Annotated[float, Field(ge=0, lt=1)] = 0.0
    seed: Seed | None = None
    stratify: ColumnName | None = None
    group: ColumnName | None = None
    time: ColumnName | None = None
    hash: ColumnName | None = None
    column: ColumnSplit | None = None
    fold: FoldSpec | None = None

    @property
    def way(self) -> str | None:
        """Which of the ways is chosen, if one is."""
        return next((name for name in WAYS if getattr(self, name) is not None), None)

    @property
    def has_validation(self) -> bool:
        """Whether it holds back rows for validation."""
        of_column = self.column is not None and self.column.validation is not None
        return bool(self.validation) or of_column or self.fold is not None

    @property
    def has_test(self) -> bool:
        """Whether it holds back rows for the end."""
        return bool(self.test) or (self.column is not None and self.column.test is not None)

    @property
    def are_counts_known(self) -> bool:
        """Whether the parts have as many rows as the fractions say, whatever is in the rows."""
        return self.way in {None, "stratify", "time"}

    @property
    def column_name(self) -> str | None:
        """The column by which rows are split, if there is one."""
        said = None if self.way is None else getattr(self, self.way)
        return said.column if isinstance(said, ColumnSplit | FoldSpec) else said

    @rule
    def _check_ways(self) -> None:
        chosen = [name for name in WAYS if getattr(self, name) is not None]
        if len(chosen) > 1:
            sentence = f"Rows can be split in one way only. Choose one of {enumeration(map(quoted, chosen), 'and')}."
            raise_faults([fault_error("split_ways", sentence, at=(chosen[1],))])

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


WAYS = ("stratify", "group", "time", "hash", "column", "fold")
"""The ways to split rows, of which one can be chosen."""
