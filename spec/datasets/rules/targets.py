"""What of a user's data set is predicted, and how much each row counts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spec.datasets.choice import DatasetSpec
from spec.datasets.column_facts import ColumnFacts
from spec.datasets.facts import DatasetFacts
from spec.datasets.reading import TargetSpec, TargetType
from spec.datasets.rules.features import MOST_VALUES
from spec.datasets.rules.naming import HOLDS, PLACE, place_of_target, said_targets, said_weight, unknown_column
from spec.language.faults import Fault, Location, pointer
from spec.language.sentences import counted

_PREDICTED = frozenset({"number", "category", "boolean"})
"""What can be predicted."""

SaidColumn = tuple[Location, ColumnFacts]


@dataclass(frozen=True)
class TargetRules:
    """The rules of targets and weights.

    Attributes:
        dataset: What the job says.
        facts: Of the whole data set.
        by_name: Its columns.
    """

    dataset: DatasetSpec
    facts: DatasetFacts
    by_name: Mapping[str, ColumnFacts]

    def faults(self) -> Iterator[Fault]:
        """Whatever is wrong with the target, or with the weights of rows."""
        yield from self._of_targets()
        for at, name in said_weight(self.dataset):
            yield from self._of_weight(at, name)

    def _of_targets(self) -> Iterator[Fault]:
        said = said_targets(self.dataset, self.facts)
        if not said:
            sentence = (
                "Nothing says which column is to be predicted. Write the data set as an object with a `target`, or "
                "describe the `target` when the file is read."
            )
            yield _fault(place_of_target(self.dataset), sentence, "no_target")
        sound: list[SaidColumn] = []
        seen: set[str] = set()
        for at, name in said:
            column = self.by_name.get(name)
            if column is None:
                yield unknown_column(name, tuple(self.by_name), at)
            elif name in seen:
                yield _fault(at, f'"{name}" is listed twice. Remove one.', "column_twice")
            elif found := self._unpredictable(at, column):
                yield found
            else:
                sound.append((at, column))
            seen.add(name)
        if sound and len(sound) == len(said):
            yield from self._of_kind(sound)

    def _unpredictable(self, at: Location, column: ColumnFacts) -> Fault | None:
        """What cannot be predicted, whatever it is taken for."""
        name = column.name
        if column.type not in _PREDICTED:
            sentence = f'"{name}" holds {HOLDS[column.type]}, which cannot be predicted. Choose another column.'
            return _fault(at, sentence, "target_type")
        if len(column.shape) > 1:
            sentence = (
                f'Each row of "{name}" is an array of the shape {list(column.shape)}. A target can be a single value, '
                "or an array with one axis. Choose another column."
            )
            return _fault(at, sentence, "target_type")
        if column.missing >= self.facts.rows:
            return _fault(at, f'All values of "{name}" are missing. Choose another column.', "empty_column")
        if column.missing and self.dataset.missing.target == "refuse":
            sentence = (
                f'{counted(column.missing, "row has", "rows have")} no value of "{name}", and `target` of `missing` '
                'refuses them. Use "drop_row" to leave them out.'
            )
            return _fault((*PLACE, "missing", "target"), sentence, "target_missing")
        return None

    @property
    def _said_type(self) -> TargetType | None:
        return self.dataset.target.type if isinstance(self.dataset.target, TargetSpec) else None

    def _of_kind(self, columns: list[SaidColumn]) -> Iterator[Fault]:
        first_at, first = columns[0]
        kind = self._said_type
        if kind is None:
            kind = "labels" if len(columns) > 1 else "number" if first.type == "number" else "classes"
            place = first_at
        else:
            place = (*PLACE, "target", "type")
        if kind == "classes":
            if len(columns) > 1:
                sentence = "Classes are in one column. Name one, or use the type `labels` or `number`."
                yield _fault(place, sentence, "target_type")
            else:
                yield from _of_classes(place, first)
        elif kind == "number":
            yield from _of_numbers(place, columns)
        else:
            yield from _of_labels(place, columns, is_said=self._said_type is not None)

    def _of_weight(self, at: Location, name: str) -> Iterator[Fault]:
        column = self.by_name.get(name)
        if column is None:
            yield unknown_column(name, tuple(self.by_name), at)
        elif name in {target for _, target in said_targets(self.dataset, self.facts)}:
            sentence = f'"{name}" is the target, so it cannot weigh the rows. Choose another column.'
            yield _fault(at, sentence, "weight_is_target")
        elif column.type != "number" or not column.is_single:
            what = "arrays" if column.type == "number" else HOLDS[column.type]
            sentence = f'"{name}" holds {what}. The weights of rows must be single numbers. Choose another column.'
            if column.type in {"boolean", "category"}:
                sentence += " It can also be described as a number when the file is read."
            yield _fault(at, sentence, "weight_type")
        elif column.min is not None and column.min < 0:
            sentence = f'The least number of "{name}" is {column.min:g}. The weights of rows must be at least 0.'
            yield _fault(at, sentence, "weight_range")
        elif column.missing:
            missing = counted(column.missing, "row has", "rows have")
            sentence = f'{missing} no value of "{name}". Every row needs a weight, which can be 0.'
            yield _fault(at, sentence, "weight_missing")
        elif column.max is not None and column.max <= 0:
            sentence = f'All values of "{name}" are 0, so no row would count. Choose another column.'
            yield _fault(at, sentence, "weight_range")


def _of_classes(at: Location, column: ColumnFacts) -> Iterator[Fault]:
    name = column.name
    if not column.is_single:
        sentence = f'"{name}" has several numbers in each row. Classes are single values. Use `labels` or `number`.'
        yield _fault(at, sentence, "target_type")
    elif column.distinct is None or column.distinct > MOST_VALUES:
        sentence = f'"{name}" has more than {MOST_VALUES:,} different values, which is too many for classes.'
        if column.type == "number":
            sentence += " Use the type `number`."
        else:
            sentence += " Choose another column."
        yield _fault(at, sentence, "too_many_values")
    elif column.distinct < 2:  # noqa: PLR2004 - there is nothing to tell apart
        sentence = f'All values of "{name}" are the same, so there are no classes to tell apart. Choose another column.'
        yield _fault(at, sentence, "one_class")


def _of_numbers(at: Location, columns: list[SaidColumn]) -> Iterator[Fault]:
    for place, column in columns:
        where = at if len(columns) == 1 else place
        if column.type != "number":
            sentence = f'"{column.name}" holds {HOLDS[column.type]}, not numbers. Use the type `classes`.'
            if len(columns) > 1:
                sentence = f'"{column.name}" holds {HOLDS[column.type]}, not numbers. Choose another column.'
            yield _fault(where, sentence, "target_type")
        elif len(columns) > 1 and not column.is_single:
            sentence = f'"{column.name}" has several numbers in each row. Name it alone.'
            yield _fault(where, sentence, "target_type")


def _of_labels(at: Location, columns: list[SaidColumn], *, is_said: bool) -> Iterator[Fault]:
    if len(columns) == 1 and columns[0][1].is_single:
        sentence = (
            f'A single column of labels has an array in each row, and "{columns[0][1].name}" has single values. List '
            "several columns, or use the type `classes`."
        )
        yield _fault(at, sentence, "target_type")
        return
    for place, column in columns:
        if len(columns) > 1 and not column.is_single:
            sentence = f'"{column.name}" has several numbers in each row. Name it alone.'
            yield _fault(place, sentence, "target_type")
        elif column.type != "boolean" and not _is_truth(column):
            way = (
                "Choose other columns." if is_said else 'For several numbers, set the `type` of the target to "number".'
            )
            sentence = f'"{column.name}" is not a label: its values are not all 0 and 1. {way}'
            yield _fault(place, sentence, "label_values")


def _is_truth(column: ColumnFacts) -> bool:
    """Whether numbers are all 0 and 1, as far as it is known; of many arrays only their range is."""
    if column.type != "number":
        return False
    if not column.is_single:
        return (column.min is None or column.min >= 0) and (column.max is None or column.max <= 1)
    return column.distinct in {1, 2} and {column.min, column.max} <= {0, 1}


def _fault(at: Location, message: str, code: str) -> Fault:
    return Fault(pointer=pointer(at), message=message, code=code)
