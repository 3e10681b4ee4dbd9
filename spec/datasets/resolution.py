"""Which columns of a data set a job uses, for what, and what shapes follow: what is known before rows are loaded."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from spec.datasets.choice import DatasetSpec
from spec.datasets.column_facts import ColumnFacts
from spec.datasets.encodings import (
    BooleanFeature,
    DatePartsFeature,
    Feature,
    HashedFeature,
    ImageFeature,
    NumberFeature,
    OneHotFeature,
    OrdinalFeature,
    TokensFeature,
)
from spec.datasets.facts import DatasetFacts, Scaling
from spec.datasets.reading import ImageSpec, MissingSpec, TargetType, target_of

Shape: TypeAlias = tuple[int, ...]

COLOURS = 3

BOTH = 2
"""The classes of a boolean, however many ways there are to write one, and even if the file has only one of them."""

DEFAULT_ENCODINGS: dict[str, type[Feature]] = {
    "number": NumberFeature,
    "category": OneHotFeature,
    "boolean": BooleanFeature,
    "date": DatePartsFeature,
    "image": ImageFeature,
}
"""How a column of a type is encoded unless a job says so. A job must say how texts are."""


@dataclass(frozen=True)
class Picture:
    """What every picture becomes.

    Attributes:
        height: In pixels.
        width: In pixels.
        mode: Grey levels or colours.
        reading: How one of another shape gets there.
    """

    height: int
    width: int
    mode: Literal["grey", "rgb"]
    reading: ImageSpec

    @property
    def shape(self) -> Shape:
        """Height and width, and the colours of a picture that has some."""
        return (self.height, self.width, *((COLOURS,) if self.mode == "rgb" else ()))


@dataclass(frozen=True)
class ResolvedFeature:
    """A column that is learned from.

    Attributes:
        column: What is known of it.
        encoding: How it is encoded, and with what options.
        shape: What it adds to a row: a number of places, or all of an input that it has to itself.
        scaling: How its numbers are scaled; None where there are none to be scaled.
        picture: What its pictures become; None of others.
        has_missing_place: Whether the last place (of ``one_hot``, the last but that of unknown values) tells that the
            value is missing.
    """

    column: ColumnFacts
    encoding: Feature
    shape: Shape
    scaling: Scaling | None = None
    picture: Picture | None = None
    has_missing_place: bool = False

    @property
    def is_alone(self) -> bool:
        """Whether it needs an input of its own."""
        return len(self.shape) > 1 or isinstance(self.encoding, TokensFeature)

    def is_dropped_by(self, missing: MissingSpec) -> bool:
        """Whether a row that lacks its value is left out. What counts is how it is encoded: a number can be a category.

        Args:
            missing: What the job says of missing values.
        """
        is_number = isinstance(self.encoding, NumberFeature | DatePartsFeature)
        said = missing.number if is_number else missing.category
        return said == "drop_row" and self.column.type not in {"text", "image"}


@dataclass(frozen=True)
class ResolvedInput:
    """What one input of the network gets.

    Attributes:
        name: Of the input; empty where there is one.
        features: In order; their places stand one after the other.
    """

    name: str
    features: tuple[ResolvedFeature, ...]

    @property
    def shape(self) -> Shape:
        """Of a row."""
        first = self.features[0]
        return first.shape if first.is_alone else (sum(math.prod(one.shape) for one in self.features),)


@dataclass(frozen=True)
class ResolvedTarget:
    """What is predicted.

    Attributes:
        columns: One, or one for each label.
        kind: What it is.
        classes: How many classes all rows have; None where it is none of several.
        units: How many numbers or labels there are.
    """

    columns: tuple[ColumnFacts, ...]
    kind: TargetType
    classes: int | None = None
    units: int = 1


@dataclass(frozen=True)
class Resolved:
    """What a job uses of a data set.

    Attributes:
        inputs: Of the network, in order.
        target: What is predicted.
        missing: What becomes of missing values.
        weight: The column with the rows' weights.
        split_by: The column that rows are split by.
    """

    inputs: tuple[ResolvedInput, ...]
    target: ResolvedTarget
    missing: MissingSpec
    weight: ColumnFacts | None = None
    split_by: ColumnFacts | None = None

    @property
    def features(self) -> Iterator[ResolvedFeature]:
        """Those of all inputs."""
        return (feature for one in self.inputs for feature in one.features)

    @property
    def column_names(self) -> frozenset[str]:
        """Of all columns that are used, for whatever."""
        others = [column for column in (self.weight, self.split_by) if column is not None]
        columns = [*(one.column for one in self.features), *self.target.columns, *others]
        return frozenset(column.name for column in columns)

    @property
    def are_rows_known(self) -> bool:
        """Whether no row is left out but those that miss the one target."""
        is_dropped = any(one.is_dropped_by(self.missing) for one in self.features if one.column.missing)
        return len(self.target.columns) == 1 and not is_dropped and not (self.weight and self.weight.missing)


def resolve(dataset: DatasetSpec, facts: DatasetFacts) -> Resolved:
    """What a job uses of a user's data set; `spec.datasets.rules` has found nothing wrong with it.

    Args:
        dataset: What the job says.
        facts: Of the whole data set.
    """
    by_name = {column.name: column for column in facts.read}
    target = _target(dataset, facts, by_name)
    split_by = dataset.split and dataset.split.column_name
    named = dataset.inputs or {"": dataset.features or default_features(dataset, facts)}
    return Resolved(
        tuple(
            ResolvedInput(name, tuple(feature_of(said, dataset, by_name) for said in features))
            for name, features in named.items()
        ),
        target,
        dataset.missing,
        None if dataset.sample_weight is None else by_name[dataset.sample_weight],
        None if split_by is None else by_name[split_by],
    )


def facts_kept(dataset: DatasetSpec, facts: DatasetFacts) -> DatasetFacts:
    """What a job keeps of the facts of a data set: those of the columns that it uses, and all that is no column."""
    if not facts.read:
        return facts
    used = resolve(dataset, facts).column_names
    kept = tuple(column.as_a_job_keeps_it for column in facts.read if column.name in used)
    return facts.model_copy(update={"read": kept})


def target_columns(dataset: DatasetSpec, facts: DatasetFacts) -> tuple[str, ...]:
    """The names of the columns that are predicted; none where nobody said which."""
    said = dataset.target if dataset.target is not None else facts.target_column
    return () if said is None else target_of(said).columns


def default_features(dataset: DatasetSpec, facts: DatasetFacts) -> tuple[str, ...]:
    """All columns but those that have another use: targets, weights, and what rows are split by.

    The time of a row can be a feature as well, but only if it is listed: as a rule, later rows have other times.
    """
    others = {*target_columns(dataset, facts), dataset.sample_weight}
    if dataset.split is not None and dataset.split.way != "stratify":
        others.add(dataset.split.column_name)
    return tuple(column.name for column in facts.read if column.name not in others)


def encoding_of(said: str | Feature, column: ColumnFacts) -> Feature | None:
    """How a column is encoded: as was said, or as its type suggests; None where nothing suggests itself."""
    if isinstance(said, Feature):
        return said
    kind = DEFAULT_ENCODINGS.get(column.type)
    return None if kind is None else kind.model_validate({"column": said})


def facts_for(dataset: DatasetSpec, facts: DatasetFacts) -> DatasetFacts:
    """The facts of the part of a data set that a job uses; its columns must be the data set's."""
    if facts.read:
        return _resolved_facts(resolve(dataset, facts), facts)
    changes: dict[str, Any] = {}
    if facts.columns:
        target = dataset.target or facts.target_column
        columns = dataset.features or tuple(column for column in facts.columns if column != target)
        changes = {"columns": columns, "input_shape": (len(columns),), "target_column": target}
        if target != facts.target_column:
            changes |= {"target": "number", "classes": None}
    if dataset.scaling is not None:
        changes["scaling"] = dataset.scaling
    return facts.model_copy(update=changes)


def _resolved_facts(resolved: Resolved, facts: DatasetFacts) -> DatasetFacts:
    target = resolved.target
    return facts.model_copy(
        update={
            "rows": facts.rows - (target.columns[0].missing if resolved.are_rows_known else 0),
            "are_rows_known": resolved.are_rows_known,
            "input_shape": resolved.inputs[0].shape,
            "inputs": {one.name: one.shape for one in resolved.inputs if one.name},
            "target": target.kind,
            "classes": target.classes,
            "target_units": target.units,
            "target_column": target.columns[0].name,
        }
    )


def _target(dataset: DatasetSpec, facts: DatasetFacts, by_name: dict[str, ColumnFacts]) -> ResolvedTarget:
    said = dataset.target if dataset.target is not None else facts.target_column
    target = target_of(cast("str", said))
    columns = tuple(by_name[name] for name in target.columns)
    first = columns[0]
    kind = target.type or ("labels" if len(columns) > 1 else "number" if first.type == "number" else "classes")
    units = len(columns) if len(columns) > 1 else math.prod(first.shape)
    classes = BOTH if first.type == "boolean" else first.distinct
    return ResolvedTarget(columns, kind, classes if kind == "classes" else None, units)


def feature_of(said: str | Feature, dataset: DatasetSpec, by_name: Mapping[str, ColumnFacts]) -> ResolvedFeature:
    """A feature, and what it adds to a row; `spec.datasets.rules` has found nothing wrong with it.

    Args:
        said: As it was sent.
        dataset: What the job says.
        by_name: All columns.
    """
    column = by_name[said if isinstance(said, str) else said.column]
    encoding = cast("Feature", encoding_of(said, column))
    missing, gaps = dataset.missing, bool(column.missing)
    picture = picture_of(dataset.image or ImageSpec(), column) if isinstance(encoding, ImageFeature) else None
    scaling = _scaling(encoding, dataset, column)
    match encoding:
        case ImageFeature():
            return ResolvedFeature(column, encoding, cast("Picture", picture).shape, scaling, picture)
        case OneHotFeature():
            has_place = gaps and missing.category == "own"
            places = min(column.distinct or 0, encoding.max_categories) + has_place + (encoding.unknown == "own")
        case BooleanFeature():
            has_place = gaps and (missing.category == "own" or missing.indicator)
            places = 1 + has_place
        case DatePartsFeature():
            has_place = gaps and missing.indicator
            places = len(encoding.parts) + has_place
        case HashedFeature():
            has_place, places = False, encoding.bins
        case TokensFeature():
            has_place, places = False, encoding.length
        case OrdinalFeature():
            has_place, places = False, 1
        case NumberFeature():
            if column.shape:
                return ResolvedFeature(column, encoding, column.shape, scaling)
            has_place = gaps and missing.indicator
            places = 1 + has_place
        case _:
            has_place, places = False, cast("Any", encoding).max_tokens
    return ResolvedFeature(column, encoding, (places,), scaling, has_missing_place=has_place)


def _scaling(encoding: Feature, dataset: DatasetSpec, column: ColumnFacts) -> Scaling | None:
    if not isinstance(encoding, NumberFeature | DatePartsFeature | ImageFeature):
        return None
    said = encoding.scaling or dataset.scaling
    if said is not None:
        return said
    is_picture = isinstance(encoding, ImageFeature) or (len(column.shape) > 1 and column.dtype == "uint8")
    if is_picture:
        return "unit"
    return "none" if len(column.shape) > 1 else "standard"


def picture_of(reading: ImageSpec, column: ColumnFacts) -> Picture:
    """What the pictures of a column become; without a size, all have the same."""
    size = reading.size or (column.sizes[0].height, column.sizes[0].width)
    has_colours = any(mode not in {"L", "I;16", "1"} for mode in column.mode_counts)
    return Picture(size[0], size[1], reading.mode or ("rgb" if has_colours else "grey"), reading)
