"""One column on its way from trial to trial, until one of them takes all rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from spec.datasets.descriptions import ColumnDescription, ColumnType
from worker.reader.columns.categories import CategoryTrial, partial_truth_of, truth_of
from worker.reader.columns.cells import trimmed
from worker.reader.columns.column import Column
from worker.reader.columns.dates import DateTrial, are_days_and_months
from worker.reader.columns.numbers import Marks, NumberTrial
from worker.reader.columns.texts import TextTrial
from worker.reader.columns.trial import Doubt, Misfit, Trial
from worker.reader.faults import MOST_FAULTS

_TELLING = ("leading_zeros", "large_integers", "ambiguous_numbers")
"""Why numbers were taken for something else: who has the file may see it otherwise."""
_LONG_TEXT_CHARACTERS = 40
_MOST_SHARE_OF_CATEGORIES = 0.5
_TOO_FEW_FOR_TEXT = 20


@dataclass(frozen=True)
class CellFault:
    """A value that does not fit what was described.

    Attributes:
        row: From 0.
        column: Its name.
        value: As it was written.
        code: Of the fault.
        message: Likewise.
    """

    row: int
    column: str
    value: str
    code: str
    message: str


@dataclass(frozen=True)
class Writing:
    """How the cells of a file are written.

    Attributes:
        numbers: Its numbers, where that was described; None to find out.
        has_comma_decimals: Whether numbers may have commas for decimals where it was not.
        are_strings: Whether all cells come as strings, so that one of numbers is a column of numbers. The strings of
            a file that knows numbers are none.
    """

    numbers: Marks | None = None
    has_comma_decimals: bool = False
    are_strings: bool = True


class ColumnReading:
    """Reads one column.

    Args:
        name: The column's.
        path: Where it is written.
        described: What was said of it, if anything.
        writing: How the file's cells are written.

    Attributes:
        is_done: Whether a trial took all rows.
        faults: What does not fit, if the type was described.
        more_faults: How many more there are.
    """

    def __init__(self, name: str, path: Path, described: ColumnDescription | None, writing: Writing) -> None:
        self.name = name
        self.is_done = False
        self.faults: list[CellFault] = []
        self.more_faults = 0
        self._described = described
        self._reasons: list[str] = []
        self._doubts: list[Doubt] = []
        self._misfit: Misfit | None = None
        self._missing = 0
        self._rows = 0
        self._trials = iter([_described_trial(path, described, writing)] if described else _trials(path, writing))
        self._trial = next(self._trials)

    def take(self, cells: pa.StringArray, first_row: int) -> None:
        """The next block of a pass over the file."""
        self._rows = first_row + len(cells)
        if self.is_done or self._misfit is not None:
            return
        cells = trimmed(cells)
        misfit = self._trial.take(cells, first_row)
        while misfit is not None and self._described is None and first_row == 0:
            # Nothing was taken before, so the next trial begins here and now, not with another pass.
            self._begin_next(misfit)
            misfit = self._trial.take(cells, first_row)
        self._missing += cells.null_count
        if misfit is None:
            return
        if self._described is None:
            self._misfit = misfit
        else:
            self._note_faults(misfit)

    def end_pass(self) -> None:
        """All rows were given: go on to the next trial, or be done."""
        if self.is_done:
            return
        if self._misfit is None:
            self._misfit = self._trial.finish() or self._whole_misfit()
            if self._misfit is not None and self._described is not None:
                self._note_faults(self._misfit)
                self._misfit = None
        if self._misfit is None:
            self.is_done = True
            return
        self._begin_next(self._misfit)

    def column(self) -> Column:
        """The column, once it is done."""
        trial, type_ = self._trial, self._trial.type
        values: tuple[str, ...] | None = None
        counts: tuple[int, ...] | None = None
        truth: dict[str, bool] | None = None
        if isinstance(trial, CategoryTrial):
            trial.sort()
            values, counts = tuple(trial.values), tuple(int(count) for count in trial.counts)
            type_, truth = self._as_boolean(trial)
        elif isinstance(trial, NumberTrial) and (counts := trial.to_booleans()) is not None:
            type_, values, truth = "boolean", ("0", "1"), {"0": False, "1": True}
        return Column(
            name=self.name,
            type=type_,
            is_guessed=self._described is None,
            reason=self._reason(trial, type_, truth),
            rows=self._rows,
            missing=self._missing,
            files=trial.files(),
            values=values,
            counts=counts,
            truth=truth,
            doubts=tuple(self._doubts + trial.doubts),
        )

    def _as_boolean(self, trial: CategoryTrial) -> tuple[ColumnType, dict[str, bool] | None]:
        """Whether categories are booleans, and what they mean then."""
        values = trial.values
        wanted = self._described.type if self._described else None
        if wanted not in (None, "boolean"):
            return trial.type, None
        truth = truth_of(values)
        if truth is None and wanted == "boolean":
            truth = partial_truth_of(values) or tuple(True for _ in values[:1])
        if truth is None or self.faults:
            return trial.type, None
        trial.to_booleans(truth)
        return "boolean", dict(zip(values, truth, strict=True))

    def _whole_misfit(self) -> Misfit | None:
        """What is wrong with a column that took every row."""
        trial = self._trial
        if not isinstance(trial, CategoryTrial):
            return None
        if self._described is not None and self._described.type == "boolean":
            return _third_value(trial)
        is_guessed = self._described is None
        if is_guessed and (formula := _formula(trial)) is not None:
            self._note_fault_of_formula(formula, trial)
        return _too_wordy(trial) if is_guessed else None

    def _note_fault_of_formula(self, place: int, trial: CategoryTrial) -> None:
        message = (
            "This is a spreadsheet's formula. Save the sheet with values, or describe the column as text or `ignore`."
        )
        self.faults.append(
            CellFault(trial.first_rows[place], self.name, trial.values[place], "formula", message),
        )

    def _note_faults(self, misfit: Misfit) -> None:
        room = MOST_FAULTS - len(self.faults)
        for row, value in list(zip(misfit.rows, misfit.values, strict=True))[:room]:
            self.faults.append(CellFault(row, self.name, value, misfit.code, misfit.message))
        self.more_faults += misfit.count - min(room, len(misfit.rows))
        if misfit.code == "too_many_categories":
            self.is_done = True

    def _begin_next(self, misfit: Misfit) -> None:
        self._note_misfit(misfit)
        self._trial.discard()
        self._trial, self._misfit, self._missing = next(self._trials), None, 0

    def _note_misfit(self, misfit: Misfit) -> None:
        self._reasons.append(misfit.reason)
        if misfit.code in _TELLING:
            doubt = Doubt(misfit.code, f'"{self.name}": {misfit.message}')
            # Where decimals may be behind a comma or a point, numbers are tried twice.
            if doubt not in self._doubts:
                self._doubts.append(doubt)
        elif misfit.code == "not_a_date" and are_days_and_months(list(misfit.values)):
            message = (
                "Its dates can be read in more than one way, so they were not read as dates. "
                "Describe the column's `format`, such as `%d.%m.%Y`."
            )
            self._doubts.append(Doubt("ambiguous_dates", message))

    def _reason(self, trial: Trial, type_: ColumnType, truth: dict[str, bool] | None) -> str:
        if self._described is not None:
            return "This type was described."
        there = self._rows - self._missing
        if not there:
            return "All values are missing."
        if truth is not None:
            meanings = [f'"{value[:100]}" is {str(meaning).lower()}' for value, meaning in truth.items()]
            return f"All {there:,} values are one of two: {', '.join(meanings)}."
        if type_ == "number":
            return f"All {there:,} values are numbers."
        if type_ == "date":
            return f"All {there:,} values are dates in ISO form."
        # Why it is no number, and what was tried last.
        because = " ".join(dict.fromkeys([*self._reasons[:1], *self._reasons[-1:]]))
        if isinstance(trial, CategoryTrial):
            because = f"There are {len(trial.values):,} different values. {' '.join(self._reasons[:1])}"
        return because.strip() or "The values are strings."


def _described_trial(path: Path, described: ColumnDescription, writing: Writing) -> Trial:
    if described.type == "number":
        return NumberTrial(path, writing.numbers, is_guessed=False)
    if described.type == "date":
        return DateTrial(path, described.format)
    if described.type == "text":
        return TextTrial(path)
    return CategoryTrial(path)


def _trials(path: Path, writing: Writing) -> Iterator[Trial]:
    """What is tried in turn; each begins when the one before it has failed."""
    if writing.are_strings:
        yield NumberTrial(path, writing.numbers)
        if writing.numbers is None and writing.has_comma_decimals:
            yield NumberTrial(path, Marks(decimal=","))
    yield DateTrial(path)
    yield CategoryTrial(path)
    yield TextTrial(path)


def _third_value(trial: CategoryTrial) -> Misfit | None:
    values = trial.values
    if len(values) <= 1 or truth_of(values) is not None:
        return None
    order = np.argsort(np.array(trial.first_rows), kind="stable")
    known: list[str] = []
    for place in order:
        more = [*known, values[place]]
        if len(more) <= 2 or truth_of(more) is not None:  # noqa: PLR2004 -- two values
            known = more
            continue
        message = (
            f'The column has the values "{known[0]}" and "{known[-1]}" already, and a boolean has only two. '
            "Correct the value, list it in `missing`, or describe the column as a category."
        )
        wrong = trial.first_rows[place]
        return Misfit([wrong], [values[place]], 1, "not_a_boolean", message, "There are more than two values.")
    return None


def _too_wordy(trial: CategoryTrial) -> Misfit | None:
    """Whether the values are rather texts than categories: long, and nearly all different."""
    counts = trial.counts
    if len(counts) < _TOO_FEW_FOR_TEXT or len(counts) <= _MOST_SHARE_OF_CATEGORIES * counts.sum():
        return None
    characters = sum(len(value) for value in trial.values) / len(counts)
    if characters < _LONG_TEXT_CHARACTERS:
        return None
    reason = f"Most values are different, and they have {characters:.0f} characters on average."
    return Misfit([], [], 1, "texts", "", reason)


def _formula(trial: CategoryTrial) -> int | None:
    """The place of a value that a spreadsheet would compute, if there is one."""
    for place, value in enumerate(trial.values):
        if value.startswith("=") and (("(" in value and value.endswith(")")) or "|" in value):
            return place
    return None
