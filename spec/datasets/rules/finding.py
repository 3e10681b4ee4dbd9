"""The data set of a job: found, and checked for everything that is wrong with how the job uses it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from spec.datasets.augmentation import faults_of_augmentation
from spec.datasets.built_in import offered
from spec.datasets.choice import DatasetSpec, dataset_of
from spec.datasets.column_facts import ColumnFacts
from spec.datasets.facts import CalledOtherwise, DatasetFacts, FactsOf
from spec.datasets.resolution import ResolvedFeature, facts_for, resolve
from spec.datasets.rules.built_in import faults_of_built_in
from spec.datasets.rules.features import FeatureRules
from spec.datasets.rules.naming import HOLDS
from spec.datasets.rules.splits import SplitRules
from spec.datasets.rules.targets import TargetRules
from spec.ids import is_id
from spec.language.faults import MOST_FAULTS, Fault
from spec.language.sentences import enumeration, quoted
from spec.language.suggestions import nearest

_VALIDATION_FROM = "/dataset/validation_from"


@dataclass(frozen=True)
class FoundDataset:
    """What became of a data set that a body names.

    Attributes:
        whole: What is known of it; None where it was not found.
        used: What is known of the part that is used; None where anything is wrong but what augments it.
        faults: What is wrong.
    """

    whole: DatasetFacts | None
    used: DatasetFacts | None
    faults: list[Fault]


def find_dataset(said: str | DatasetSpec, facts_of: FactsOf) -> FoundDataset:
    """What is known of a data set, and what is wrong with how it is used.

    Args:
        said: As it was sent.
        facts_of: Finds the facts of data sets.
    """
    dataset = dataset_of(said)
    facts = facts_of(dataset.name)
    if not isinstance(facts, DatasetFacts):
        place = "/dataset" if isinstance(said, str) else "/dataset/name"
        return FoundDataset(None, None, [unknown_dataset(dataset.name, place, facts_of)])
    faults = list(islice(_faults(dataset, facts), MOST_FAULTS))
    if facts.read and dataset.validation_from is not None:
        faults += _of_validation(dataset.validation_from, None if faults else dataset, facts, facts_of)
    if faults:
        return FoundDataset(facts, None, faults)
    used = facts_for(dataset, facts)
    return FoundDataset(facts, used, list(islice(faults_of_augmentation(dataset, facts, used), MOST_FAULTS)))


def unknown_dataset(name: str, pointer: str, facts_of: FactsOf) -> Fault:
    """The fault of a data set that is none, said at ``pointer``; only what ``facts_of`` knows is offered instead."""
    found = facts_of(name)
    if isinstance(found, CalledOtherwise):
        message = (
            f'Data sets of your own are chosen by their ids. The newest that is called "{name[:100]}" is "{found.id}".'
        )
        return Fault(pointer=pointer, message=message, code="unknown_dataset")
    if is_id(name, "ds"):
        message = f'The data set "{name}" was not found. It may have been deleted. Use the id of another one.'
        return Fault(pointer=pointer, message=message, code="unknown_dataset")
    known = () if pointer.endswith(_VALIDATION_FROM) else offered(facts_of)
    suggestion = nearest(name, known)
    message = f'"{name[:100]}" is not a known data set.'
    if not known:
        message += " Use the id of a data set of your own."
    elif suggestion is None:
        message += f" Use {enumeration(map(quoted, known), 'or')}."
    return Fault(pointer=pointer, message=message, code="unknown_dataset", suggestion=suggestion)


def _faults(dataset: DatasetSpec, facts: DatasetFacts) -> Iterator[Fault]:
    if not facts.read:
        yield from faults_of_built_in(dataset, facts)
        return
    by_name = {column.name: column for column in facts.read}
    for rules in (FeatureRules, TargetRules, SplitRules):
        yield from rules(dataset, facts, by_name).faults()


def _of_validation(name: str, dataset: DatasetSpec | None, facts: DatasetFacts, facts_of: FactsOf) -> Iterator[Fault]:
    """Whether another data set has all that the job uses of this one.

    Args:
        name: Of the other one.
        dataset: How this one is used; None where that is wrong already.
        facts: Of this one.
        facts_of: Finds the facts of data sets.
    """
    other = facts_of(name)
    if not isinstance(other, DatasetFacts):
        yield unknown_dataset(name, _VALIDATION_FROM, facts_of)
    elif not other.read:
        sentence = f'"{name}" is built in. The validation rows must come from a data set of your own.'
        yield Fault(pointer=_VALIDATION_FROM, message=sentence, code="built_in_dataset")
    elif name == facts.name:
        sentence = "The rows of the same data set cannot train and validate. Use `split` to hold some of them back."
        yield Fault(pointer=_VALIDATION_FROM, message=sentence, code="same_dataset")
    elif dataset is not None:
        yield from islice(_missing_there(dataset, facts, other), MOST_FAULTS)


def _missing_there(dataset: DatasetSpec, facts: DatasetFacts, other: DatasetFacts) -> Iterator[Fault]:
    used = resolve(dataset, facts)
    there = {column.name: column for column in other.read}
    others = [*used.target.columns, *([used.weight] if used.weight is not None else [])]
    for feature in used.features:
        yield from _unlike(feature.column, there, facts, other, feature)
    for column in others:
        yield from _unlike(column, there, facts, other)


def _unlike(
    column: ColumnFacts,
    there: dict[str, ColumnFacts],
    facts: DatasetFacts,
    other: DatasetFacts,
    feature: ResolvedFeature | None = None,
) -> Iterator[Fault]:
    found, name = there.get(column.name), column.name
    if found is None:
        sentence = f'The data set "{other.name}" has no column called "{name}", which this job uses.'
    elif found.type != column.type:
        sentence = (
            f'"{name}" holds {HOLDS[found.type]} in "{other.name}", and {HOLDS[column.type]} in "{facts.name}". '
            "Describe the type of the column when the file is read."
        )
    elif found.shape != column.shape:
        shapes = f'{list(found.shape)} in "{other.name}", and {list(column.shape)} in "{facts.name}"'
        sentence = f'A row of "{name}" has the shape {shapes}. Both must be the same.'
    elif feature is not None and feature.picture is not None and _differ(feature, found):
        sentence = (
            f'The pictures of "{other.name}" have other sizes than those of "{facts.name}". Set the size that all get, '
            'as in "image": {"size": [64, 64]}.'
        )
    else:
        return
    yield Fault(pointer=_VALIDATION_FROM, message=sentence, code="validation_unlike")


def _differ(feature: ResolvedFeature, found: ColumnFacts) -> bool:
    picture = feature.picture
    if picture is None or picture.reading.size is not None:
        return False
    return any((one.height, one.width) != (picture.height, picture.width) for one in found.sizes)
