"""Names of columns: where each is said, and what is said of one that the data set does not have."""

from collections.abc import Iterator, Sequence

from spec.datasets.choice import DatasetSpec
from spec.datasets.column_facts import ReadType
from spec.datasets.encodings import Feature
from spec.datasets.facts import DatasetFacts
from spec.datasets.reading import TargetSpec
from spec.datasets.resolution import default_features
from spec.language.faults import Fault, Location, pointer
from spec.language.sentences import enumeration, quoted
from spec.language.suggestions import nearest

MOST_COLUMNS = 12
"""So many columns are named to who asked for another."""

PLACE: Location = ("dataset",)

HOLDS: dict[ReadType, str] = {
    "number": "numbers",
    "category": "categories",
    "boolean": "booleans",
    "date": "dates",
    "text": "texts",
    "image": "pictures",
}
"""What a column of a type holds, as a sentence says it."""

SaidFeature = tuple[Location, str | Feature]
"""A feature, and where it is said."""


def place_of_default(dataset: DatasetSpec, field: str) -> Location:
    """Where a field is missing: of a data set that is chosen by its name alone, at the whole of it."""
    return PLACE if dataset.model_fields_set == {"name"} else (*PLACE, field)


def said_features(dataset: DatasetSpec, facts: DatasetFacts) -> Iterator[tuple[str, list[SaidFeature]]]:
    """The features of each input, by its name; that of the only one is empty."""
    if dataset.inputs is not None:
        for name, features in dataset.inputs.items():
            yield name, [((*PLACE, "inputs", name, index), said) for index, said in enumerate(features)]
    elif dataset.features is not None:
        yield "", [((*PLACE, "features", index), said) for index, said in enumerate(dataset.features)]
    else:
        at = place_of_default(dataset, "features")
        yield "", [(at, name) for name in default_features(dataset, facts)]


def column_of(said: str | Feature) -> str:
    """The name of the column of a feature."""
    return said if isinstance(said, str) else said.column


def place_of_column(at: Location, said: str | Feature) -> Location:
    """Where a feature names its column."""
    return at if isinstance(said, str) else (*at, "column")


def said_targets(dataset: DatasetSpec, facts: DatasetFacts) -> list[tuple[Location, str]]:
    """The columns that are predicted, and where each is said; none where nobody said which."""
    said = dataset.target
    at: Location = (*PLACE, "target")
    if said is None:
        name = facts.target_column
        return [] if name is None else [(place_of_default(dataset, "target"), name)]
    if isinstance(said, TargetSpec):
        at, said = (*at, "column"), said.column
    return [(at, said)] if isinstance(said, str) else [((*at, index), name) for index, name in enumerate(said)]


def place_of_target(dataset: DatasetSpec) -> Location:
    """Where the target is said, or would be."""
    return place_of_default(dataset, "target") if dataset.target is None else (*PLACE, "target")


def said_weight(dataset: DatasetSpec) -> list[tuple[Location, str]]:
    """The column with the rows' weights, if there is one, and where it is said."""
    return [] if dataset.sample_weight is None else [((*PLACE, "sample_weight"), dataset.sample_weight)]


def said_split(dataset: DatasetSpec) -> list[tuple[Location, str]]:
    """The column by which rows are split, if there is one, and where it is said."""
    split = dataset.split
    if split is None or split.way is None or split.column_name is None:
        return []
    at: Location = (*PLACE, "split", split.way)
    return [((*at, "column") if split.way in {"column", "fold"} else at, split.column_name)]


def unknown_column(name: str, known: Sequence[str], at: Location) -> Fault:
    """The fault of a column that the data set does not have.

    Args:
        name: As it was sent.
        known: The columns that it has.
        at: Where it was sent.
    """
    suggestion = nearest(name, known)
    message = f'The data set has no column called "{name[:100]}".'
    if suggestion is None and known:
        shown = [quoted(column) for column in known[:MOST_COLUMNS]]
        message += f" It has {enumeration([*shown, 'others'] if len(known) > MOST_COLUMNS else shown)}."
    return Fault(pointer=pointer(at), message=message, code="unknown_column", suggestion=suggestion)
