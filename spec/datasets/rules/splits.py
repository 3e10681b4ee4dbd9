"""How the rows of a user's data set are split."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spec.datasets.choice import DatasetSpec
from spec.datasets.column_facts import ColumnFacts
from spec.datasets.facts import DatasetFacts
from spec.datasets.rules.naming import HOLDS, PLACE, said_split, said_targets, unknown_column
from spec.datasets.splits import SplitSpec, Value
from spec.language.faults import Fault, Location, pointer
from spec.language.sentences import counted, enumeration, quoted
from spec.language.suggestions import nearest

MOST_STRATA = 1_000
"""So many different numbers can be proportioned over parts."""

_LONGEST_KNOWN = 100
"""Of a value that is told, so many characters are known."""

_SPLIT: Location = (*PLACE, "split")


@dataclass(frozen=True)
class SplitRules:
    """The rules of splits.

    Attributes:
        dataset: What the job says.
        facts: Of the whole data set.
        by_name: Its columns.
    """

    dataset: DatasetSpec
    facts: DatasetFacts
    by_name: Mapping[str, ColumnFacts]

    def faults(self) -> Iterator[Fault]:
        """Whatever is wrong with the split."""
        split = self.dataset.split
        if split is None or split.way is None:
            return
        for at, name in said_split(self.dataset):
            column = self.by_name.get(name)
            if column is None:
                yield unknown_column(name, tuple(self.by_name), at)
            else:
                yield from self._of_column(at, split.way, column)
                yield from _of_values(split, column)
        if split.way in {"column", "fold"}:
            yield from _without_meaning(split, split.way)
        elif not (split.validation or split.test):
            sentence = (
                f"`{split.way}` says how rows are split, and not how many are held back. Set `validation` or `test`, "
                "for example to 0.2."
            )
            yield _fault((*_SPLIT, split.way), sentence, "no_fractions")

    def _of_column(self, at: Location, way: str, column: ColumnFacts) -> Iterator[Fault]:
        name, is_target = column.name, False
        if way != "stratify":
            is_target = column.name in {target for _, target in said_targets(self.dataset, self.facts)}
        if is_target:
            sentence = f'"{name}" is the target. Rows can be split by it with `stratify` only.'
            yield _fault(at, sentence, "split_by_target")
        elif not column.is_single or column.type == "image":
            what = "pictures" if column.type == "image" else "arrays"
            yield _fault(at, f'"{name}" holds {what}, by which rows cannot be split.', "split_type")
        elif way == "stratify" and not _has_strata(column):
            sentence = (
                f'"{name}" does not have few enough values to keep their proportions. Use a column of categories, of '
                f"booleans, or of at most {MOST_STRATA:,} different numbers."
            )
            yield _fault(at, sentence, "split_type")
        elif way == "time" and column.type not in {"date", "number"}:
            sentence = f'"{name}" holds {HOLDS[column.type]}, which have no order in time. Use dates or numbers.'
            yield _fault(at, sentence, "split_type")
        elif way == "time" and column.missing:
            missing = counted(column.missing, "row has", "rows have")
            sentence = f'{missing} no value of "{name}", and so no place in time. Use a column without gaps.'
            yield _fault(at, sentence, "split_missing")


def _has_strata(column: ColumnFacts) -> bool:
    if column.type in {"category", "boolean"}:
        return True
    return column.type == "number" and column.distinct is not None and column.distinct <= MOST_STRATA


def _without_meaning(split: SplitSpec, way: str) -> Iterator[Fault]:
    for field in ("validation", "test", "seed"):
        if getattr(split, field):
            sentence = f"With `{way}`, the values of the column decide, so `{field}` has no meaning. Leave it out."
            yield _fault((*_SPLIT, field), sentence, "split_without_meaning")
    if split.column is not None and split.column.validation is None and split.column.test is None:
        sentence = 'This holds no rows back. Set `validation` or `test` to a value of the column, as in "test": "late".'
        yield _fault((*_SPLIT, way), sentence, "no_fractions")


def _of_values(split: SplitSpec, column: ColumnFacts) -> Iterator[Fault]:
    """Whether the values that are named are the column's, where all of them are known; and each names one part."""
    said: dict[str, Value | None] = {}
    if split.column is not None:
        said = {field: getattr(split.column, field) for field in ("training", "validation", "test")}
    elif split.fold is not None:
        said = {"validation": split.fold.validation}
    known, seen = _known_values(column), dict[str, str]()
    for field, value in said.items():
        if value is None:
            continue
        at: Location = (*_SPLIT, str(split.way), field)
        plain = _plain(value)
        if known is not None and plain not in known and len(plain) < _LONGEST_KNOWN:
            suggestion = nearest(plain, known)
            sentence = f'"{column.name}" has no value {quoted(plain)}.'
            if suggestion is None:
                sentence += f" It has {enumeration(map(quoted, known))}."
            yield Fault(pointer=pointer(at), message=sentence, code="unknown_value", suggestion=suggestion)
        elif (meaning := _meaning(plain, column)) in seen:
            sentence = f"This is the value of `{seen[meaning]}`, too. Each part needs a value of its own."
            yield _fault(at, sentence, "value_twice")
        seen[_meaning(plain, column)] = field


def _known_values(column: ColumnFacts) -> list[str] | None:
    """The column's values as `_plain` writes them; None where not all are known."""
    if column.type == "boolean":
        return ["true", "false", *column.truth]
    if column.type not in {"category", "number"} or column.counts is None:
        return None
    return [_plain(one.value) for one in column.counts]


def _meaning(plain: str, column: ColumnFacts) -> str:
    """A value, or for one of booleans what it means: there is more than one way to write it."""
    return str(column.truth[plain]).lower() if column.type == "boolean" and plain in column.truth else plain


def _plain(value: Value) -> str:
    """A value in one spelling: 3, 3.0 and "3" are one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        number = float(value)
    except ValueError:
        return str(value)
    return f"{number:.17g}" if not isinstance(value, str) or f"{number:g}" == value else value


def _fault(at: Location, message: str, code: str) -> Fault:
    return Fault(pointer=pointer(at), message=message, code=code)
