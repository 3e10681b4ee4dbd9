"""Whether the rows of another data set can validate what is trained on a first one."""

from collections.abc import Iterator

from spec.datasets.resolution import Resolved
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources.read_form import ReadTable
from worker.trainer.sources.stored_column import StoredColumn

_BY_TEXT = frozenset({"one_hot", "ordinal", "hashed", "tokens", "multi_hot", "count", "tf_idf"})
_HAVE_TEXT = frozenset({"category", "boolean", "number", "text"})


def check_columns(resolved: Resolved, table: ReadTable, other: ReadTable) -> None:
    """See that the other data set has every column that is used, of a type that can be encoded in the same way.

    Raises:
        DataUnavailable: It does not.
    """
    for name, is_by_text in _uses(resolved):
        column = table.column(name)
        if name not in other.told:
            raise DataUnavailable(
                f'The data set with the validation rows does not have the column "{name}". Add it, or describe its '
                "columns as those of the data set to train on.",
                other.pointer,
            )
        found = other.column(name)
        if not _is_alike(column, found, is_by_text=is_by_text):
            raise DataUnavailable(
                f'The column "{name}" of the data set with the validation rows has another type '
                f"(`{found.facts.type}`, not `{column.facts.type}`) or another shape. Describe it as in the data set "
                "to train on.",
                other.pointer,
            )


def _uses(resolved: Resolved) -> Iterator[tuple[str, bool]]:
    for feature in resolved.features:
        yield feature.column.name, feature.encoding.encoding in _BY_TEXT
    for column in resolved.target.columns:
        yield column.name, resolved.target.kind == "classes"
    if resolved.weight is not None:
        yield resolved.weight.name, False


def _is_alike(column: StoredColumn, found: StoredColumn, *, is_by_text: bool) -> bool:
    if found.facts.shape != column.facts.shape:
        return False
    types = {column.facts.type, found.facts.type}
    return len(types) == 1 or (is_by_text and types <= _HAVE_TEXT)
