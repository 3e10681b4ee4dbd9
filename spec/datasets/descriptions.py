"""What is said of a file that becomes a data set: how it is written, and what its columns are.

Nothing has to be described. What is not is guessed from all rows; what is holds, and a value that does not fit is a
fault.
"""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from spec.datasets.names import LONGEST_NAME, ColumnName
from spec.datasets.read_limits import LIMITS
from spec.language.declared import Section, rule
from spec.language.faults import fault_error, raise_faults
from spec.language.lists import AtMost, Several
from spec.language.retired import Retired, called

Format = Literal["csv", "tsv", "parquet", "npz", "npy", "images"]
"""What a file is; ``images`` is a zip with a folder for each class."""

ColumnType = Literal["number", "category", "boolean", "date", "text", "image", "ignore"]
"""What a column holds.

- ``number``: float64.
- ``category``: one of several strings.
- ``boolean``: one of two.
- ``date``: a day, or a moment in UTC, in microseconds.
- ``text``: any string.
- ``image``: a picture; only in a zip of them.
- ``ignore``: nothing that is read.
"""

MOST_MISSING = 100

DIRECTIVES = frozenset("YymdHMSfbB%")
"""Of a date's format, as Python's ``strptime`` has them."""

_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_DAY = (frozenset("Yy"), frozenset("mbB"), frozenset("d"))


class DialectSpec(Section):
    """How a CSV file is written. What is left out is guessed.

    Attributes:
        delimiter: What separates the fields of a row.
        encoding: How characters are encoded. By default, UTF-8; nothing else is ever guessed.
        decimal: What separates the decimals of a number. By default, a point. In files that are not separated by
            commas, a comma is recognized.
        thousands: What groups the digits of a number. By default, nothing does.
        header: Whether the first row holds the names of the columns.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        "sep": called("delimiter"),
        "separator": called("delimiter"),
        "charset": called("encoding"),
        "decimal_separator": called("decimal"),
        "names": Retired("Names are read from the first row. The columns of a file without them are `column_1` etc."),
        "na_values": Retired("What is missing is listed beside `dialect`, in `missing`."),
    }

    delimiter: Literal[",", ";", "\t", "|"] | None = None
    encoding: Literal["utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252", "cp1250", "cp1251"] = "utf-8"
    decimal: Literal[".", ","] | None = None
    thousands: Literal[",", ".", "'", " "] | None = None
    header: bool | None = None

    @rule
    def _check_marks(self) -> None:
        if self.thousands is not None and self.thousands == (self.decimal or "."):
            sentence = "`thousands` and `decimal` must differ. By default, `decimal` is a point."
            raise_faults([fault_error("same_marks", sentence, at=("thousands",))])


class ColumnDescription(Section):
    """What a column holds.

    Attributes:
        type: What is read. Values that do not fit are faults.
        format: How the dates of a column are written, with the directives of Python's `strptime`, such as
            `%d.%m.%Y`. By default, ISO 8601.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {"kind": called("type"), "dtype": called("type")}

    type: ColumnType
    format: Annotated[str, Field(min_length=1, max_length=100)] | None = None

    @rule
    def _check_format(self) -> None:
        if self.format is None:
            return
        if self.type != "date":
            sentence = "Only a column of dates can have a `format`."
            raise_faults([fault_error("format_without_date", sentence, at=("format",))])
        raise_faults(
            [fault_error("date_format", sentence, at=("format",)) for sentence in _faults_of_format(self.format)]
        )


class DatasetDescription(Section):
    """What is known of a file. All of it can be left out.

    Attributes:
        name: What the data set is called. By default, as its file.
        format: What the file is. By default, its content decides; a file of another format is refused.
        dialect: How a CSV file is written.
        missing: Fields that are missing values beside empty ones. In quotation marks, they are values.
        target: The column to predict, unless a job says otherwise.
        columns: What columns hold, by their names.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        "type": called("format"),
        "na_values": called("missing"),
        "missing_values": called("missing"),
        "label": called("target"),
        "schema": called("columns"),
        "features": Retired("A job chooses its features. A data set only describes its `columns`."),
        "delimiter": Retired('It is a part of another field, as in {"delimiter": ";"}.', "dialect"),
        "encoding": Retired('It is a part of another field, as in {"encoding": "cp1252"}.', "dialect"),
    }

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)] | None = None
    format: Format | None = None
    dialect: DialectSpec = DialectSpec()
    missing: Annotated[Several[Annotated[str, Field(max_length=100)]], AtMost(MOST_MISSING, "strings")] = ()
    target: ColumnName | None = None
    columns: Annotated[dict[ColumnName, ColumnDescription], AtMost(LIMITS.columns, "columns")] = Field(
        default_factory=dict[ColumnName, ColumnDescription]
    )

    @rule
    def _check_target(self) -> None:
        described = self.columns.get(self.target) if self.target is not None else None
        if described is not None and described.type == "ignore":
            sentence = "The target is a column that is ignored. Choose another type for it, or another target."
            raise_faults([fault_error("target_ignored", sentence, at=("target",))])

    @rule
    def _check_dialect(self) -> None:
        is_text = self.format in (None, "csv", "tsv")
        if not is_text and self.dialect.model_fields_set:
            raise_faults([fault_error("dialect_without_csv", "Only CSV files have a `dialect`.", at=("dialect",))])
        if self.format == "tsv" and self.dialect.delimiter not in (None, "\t"):
            sentence = "The fields of a TSV file are separated by tabs. Use the format `csv` for other delimiters."
            raise_faults([fault_error("tsv_delimiter", sentence, at=("dialect", "delimiter"))])


def _faults_of_format(text: str) -> list[str]:
    used: list[str] = _DIRECTIVE.findall(text)
    if unknown := sorted(set(used) - DIRECTIVES):
        known = ", ".join(f"`%{one}`" for one in sorted(DIRECTIVES))
        return [f"`%{unknown[0]}` is not supported in a date's format. Use {known}."]
    named = [one for one in used if one != "%"]
    if len(named) != len(set(named)):
        return ["Each directive can be used only once in a date's format."]
    if any(not part & set(named) for part in _DAY):
        return ["A date's format needs the year, the month and the day, as in `%d.%m.%Y`."]
    return []
