"""A CSV file from its bytes to its columns."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from spec.datasets.descriptions import DatasetDescription
from spec.datasets.read_limits import ReadLimits
from worker.reader.columns.guessing import CellFault, ColumnReading
from worker.reader.dataset import ReadDataset, Warned, doubts_of
from worker.reader.delimited.dialects import Dialect, dialect_of, too_long_a_row
from worker.reader.delimited.encodings import as_utf8, ends_with_blank_line, marks_of
from worker.reader.delimited.lines import BlankLines, Places, blank_lines, locate, unclosed_line
from worker.reader.faults import FaultList, FileFault, refusal, shown
from worker.reader.table import SignOfLife, Table, check_columns, check_rows, is_ignored, names_of


def read_delimited(
    path: Path, description: DatasetDescription, limits: ReadLimits, folder: Path, sign_of_life: SignOfLife
) -> ReadDataset:
    """Read a CSV file.

    Raises:
        FileFaulty: It cannot be read, or values do not fit what was described.
    """
    text = as_utf8(path, description.dialect.encoding, folder)
    try:
        return _Reading(text, description, limits, folder).read(sign_of_life)
    finally:
        if text != path:
            text.unlink()


class _Reading:
    def __init__(self, path: Path, description: DatasetDescription, limits: ReadLimits, folder: Path) -> None:
        self._path = path
        self._description = description
        self._limits = limits
        self._faults = FaultList()
        marks = marks_of(path)
        self._quotation_marks = marks.quotations
        self._dialect = dialect_of(path, description, limits)
        has_blank = marks.may_have_blank_lines
        self._blank = blank_lines(path, self._dialect.delimiter) if has_blank else BlankLines()
        count = len(self._dialect.first_row)
        written = self._dialect.first_row if self._dialect.has_header else [""] * count
        self._names = names_of(written, description, self._faults, 1)
        self._faults.raise_any()
        self._table = Table(
            {
                place: ColumnReading(
                    name, folder / f"column_{place}", description.columns.get(name), self._dialect.writing
                )
                for place, name in enumerate(self._names.all)
                if not is_ignored(description, name)
            }
        )
        check_columns(self._table.readings, self._faults)
        self._faults.raise_any()
        self._ragged = 0
        self._last_cell: str | None = None

    def read(self, sign_of_life: SignOfLife) -> ReadDataset:
        rows = self._table.read(self._blocks, self._limits.rows, sign_of_life)
        self._check_end()
        self._find_faults()
        if not self._ragged:
            check_rows(rows, self._limits, self._faults)
        self._faults.raise_any()
        columns = self._table.columns()
        warnings = [Warned(doubt.code, name, doubt.message) for name, doubt in self._names.doubts]
        warnings += self._skipped_lines()
        return ReadDataset(
            format="csv" if self._dialect.delimiter != "\t" else "tsv",
            rows=rows,
            columns=columns,
            warnings=[*warnings, *doubts_of(columns)],
            dialect=_told(self._dialect, self._description),
        )

    @property
    def _has_one_field(self) -> bool:
        """Whether a blank line is a row whose only value is missing."""
        return len(self._dialect.first_row) == 1

    def _skipped_lines(self) -> list[Warned]:
        """The blank lines that were left out, but for one at the very end."""
        skipped = self._blank.leading + (0 if self._has_one_field else self._blank.inner + self._blank.trailing)
        skipped -= not self._has_one_field and self._blank.trailing > 0
        if not skipped:
            return []
        message = f"{skipped:,} blank lines were skipped. Write the rows again that should be there, if there are any."
        return [Warned("blank_lines", None, message)]

    def _blocks(self, places: Sequence[int]) -> Iterator[Sequence[pa.StringArray]]:
        """One pass; raises what ends it."""
        self._ragged = 0
        is_first = self._dialect.has_header
        try:
            for batch in self._batches(places):
                block = batch.slice(1) if is_first and batch.num_rows else batch
                is_first = is_first and not batch.num_rows
                if block.num_rows:
                    self._last_cell = block.column(block.num_columns - 1)[-1].as_py()
                    yield block.columns
        except pa.ArrowInvalid as error:
            raise self._refused(error) from None

    def _batches(self, places: Sequence[int]) -> Iterator[pa.RecordBatch]:
        """The blocks of the file; a blank line at the very end is no row."""
        opened = _opened(
            self._path,
            self._dialect,
            self._description,
            self._limits,
            places,
            self._skip,
            self._blank.leading if self._has_one_field else 0,
        )
        if not self._has_one_field or not ends_with_blank_line(self._path):
            yield from opened
            return
        held: pa.RecordBatch | None = None
        for batch in opened:
            if not batch.num_rows:
                continue
            if held is not None:
                yield held
            held = batch
        if held is not None:
            yield held.slice(0, held.num_rows - 1)

    def _skip(self, row: object) -> str:
        del row
        self._ragged += 1
        return "skip"

    def _check_end(self) -> None:
        """See that the last row ends before the file does: Arrow takes an open quotation for a whole one."""
        is_suspect = self._ragged > 0 or (self._last_cell is not None and "\n" in self._last_cell)
        if is_suspect or self._quotation_marks % 2:
            self._check_quotations()

    def _check_quotations(self) -> None:
        line = unclosed_line(self._path, self._dialect.delimiter)
        if line is not None:
            message = "A quotation mark is opened in this row and never closed. Close it, or double it within a value."
            raise refusal("unclosed_quotation", message, line=line)

    def _refused(self, error: pa.ArrowInvalid) -> Exception:
        self._check_quotations()
        if "block" in str(error):
            return too_long_a_row(self._limits, None)
        return refusal("damaged_file", "The file is not a CSV file that can be read. Save it as CSV again.")

    def _find_faults(self) -> None:
        cells, more = self._table.cell_faults()
        if not cells and not self._ragged:
            return
        number = {name: place for place, name in enumerate(self._names.all)}
        kept = cells[: self._faults.room]
        places = locate(
            self._path,
            delimiter=self._dialect.delimiter,
            fields=len(self._names.all),
            has_header=self._dialect.has_header,
            wanted=[(cell.row, number[cell.column]) for cell in kept],
            ragged=self._ragged,
        )
        for line, fields in places.ragged:
            self._faults.add(_ragged(line, fields, len(self._names.all)))
        self._faults.add_uncounted(self._ragged - len(places.ragged))
        for cell in cells:
            self._faults.add(_placed(cell, number[cell.column], places))
        self._faults.add_uncounted(more)
        self._faults.faults.sort(key=lambda fault: fault.line or 0)


def _ragged(line: int, fields: int, expected: int) -> FileFault:
    message = (
        f"This row has {fields:,} fields, and the first row has {expected:,}. Correct the row; "
        "a field that holds the delimiter or a quotation mark must be in quotation marks."
    )
    return FileFault("ragged_row", message, line)


def _placed(cell: CellFault, place: int, places: Places) -> FileFault:
    line = places.lines.get((cell.row, place))
    return FileFault(cell.code, cell.message, line, cell.column, shown(cell.value), f"row {cell.row + 1}")


def _opened(  # noqa: PLR0913, PLR0917 -- all that it takes
    path: Path,
    dialect: Dialect,
    description: DatasetDescription,
    limits: ReadLimits,
    places: Sequence[int],
    skip: object,
    leading: int,
) -> csv.CSVStreamingReader:
    names = [str(place) for place in range(len(dialect.first_row))]
    return csv.open_csv(
        path,
        read_options=csv.ReadOptions(column_names=names, block_size=limits.record_bytes, skip_rows=leading),
        parse_options=csv.ParseOptions(
            delimiter=dialect.delimiter,
            newlines_in_values=True,
            invalid_row_handler=skip,
            ignore_empty_lines=len(names) > 1,
        ),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=[names[place] for place in places],
            null_values=["", *description.missing],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            check_utf8=False,  # it was checked, all of it
        ),
    )


def _told(dialect: Dialect, description: DatasetDescription) -> dict[str, object]:
    marks = dialect.writing.numbers
    return {
        "delimiter": dialect.delimiter,
        "encoding": description.dialect.encoding,
        "decimal": marks.decimal if marks else None,
        "thousands": marks.thousands if marks else None,
        "header": dialect.has_header,
        "guessed": [
            name
            for name, is_guessed in (
                ("delimiter", dialect.is_delimiter_guessed),
                ("header", dialect.is_header_guessed),
            )
            if is_guessed
        ],
    }
