"""How a job may use a data set that is always there."""

from collections.abc import Iterator, Sequence
from itertools import islice

from spec.datasets.choice import DatasetSpec
from spec.datasets.encodings import FeatureField
from spec.datasets.facts import DatasetFacts
from spec.datasets.rules.naming import unknown_column
from spec.datasets.synthetic import REVIEWS, WAVEFORMS
from spec.language.faults import MOST_FAULTS, Fault, Location, pointer

_OWN_ALONE = ("inputs", "missing", "image", "sample_weight", "validation_from")
"""Fields that only users' own data sets can have."""

_WITHOUT_COLUMNS = {WAVEFORMS: "series", REVIEWS: "texts"}
"""What a data set contains whose rows are no table. All others are images."""


def faults_of_built_in(dataset: DatasetSpec, facts: DatasetFacts) -> Iterator[Fault]:
    """The columns that are asked for must be the data set's, each once.

    Args:
        dataset: What is asked of the data set.
        facts: Of the whole data set.
    """
    yield from _of_others(dataset, facts)
    if not facts.columns:
        for field in ("features", "target"):
            if getattr(dataset, field) is not None:
                what = _WITHOUT_COLUMNS.get(facts.name, "images")
                sentence = f'"{facts.name}" contains {what}, which have no columns. Leave `{field}` out.'
                yield Fault(pointer=f"/dataset/{field}", message=sentence, code="no_columns")
        return
    known = (*facts.columns, *([facts.target_column] if facts.target_column else []))
    target = dataset.target if isinstance(dataset.target, str) else facts.target_column
    if isinstance(dataset.target, str) and dataset.target not in known:
        yield unknown_column(dataset.target, known, ("dataset", "target"))
    elif dataset.target is not None and not isinstance(dataset.target, str):
        sentence = f'The target of "{facts.name}" must be the name of one column.'
        yield Fault(pointer="/dataset/target", message=sentence, code="built_in_target")
    yield from islice(_wrong_features(dataset.features or (), known, target), MOST_FAULTS)


def _of_others(dataset: DatasetSpec, facts: DatasetFacts) -> Iterator[Fault]:
    """What only users' own data sets can have."""
    for field in _OWN_ALONE:
        if field in dataset.model_fields_set and getattr(dataset, field) is not None:
            sentence = f'Only a data set of your own can have `{field}`, and "{facts.name}" is built in. Leave it out.'
            yield Fault(pointer=f"/dataset/{field}", message=sentence, code="built_in_dataset")
    way = None if dataset.split is None else dataset.split.way
    if way is not None:
        sentence = (
            f'The rows of "{facts.name}" can only be split by fractions. Use `validation` and `test`, and `seed` to '
            f"shuffle them first, without `{way}`."
        )
        yield Fault(pointer=f"/dataset/split/{way}", message=sentence, code="built_in_dataset")


def _wrong_features(features: Sequence[FeatureField], known: Sequence[str], target: str | None) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, column in enumerate(features):
        at: Location = ("dataset", "features", index)
        if not isinstance(column, str):
            sentence = "The columns of built-in data sets are numbers. Write the name of the column alone."
            yield Fault(pointer=pointer(at), message=sentence, code="built_in_feature")
            continue
        if column not in known:
            yield unknown_column(column, known, at)
        elif column == target:
            sentence = f'"{column}" is the target, so it cannot be a feature. Remove it here.'
            yield Fault(pointer=pointer(at), message=sentence, code="target_among_features")
        elif column in seen:
            yield Fault(pointer=pointer(at), message=f'"{column}" is listed twice. Remove one.', code="column_twice")
        seen.add(column)
