"""Which columns of a user's data set are learned from: each once, with an encoding that fits what it holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spec.datasets.choice import DatasetSpec
from spec.datasets.column_facts import ColumnFacts, ReadType
from spec.datasets.encodings import (
    ENCODINGS,
    TEXT_ENCODINGS,
    BooleanFeature,
    DatePartsFeature,
    Feature,
    HashedFeature,
    ImageFeature,
    NumberFeature,
    OneHotFeature,
    OrdinalFeature,
)
from spec.datasets.facts import DatasetFacts
from spec.datasets.resolution import encoding_of, feature_of
from spec.datasets.rules.naming import (
    HOLDS,
    PLACE,
    SaidFeature,
    column_of,
    place_of_column,
    place_of_default,
    said_features,
    said_split,
    said_targets,
    said_weight,
    unknown_column,
)
from spec.language.faults import Fault, Location, pointer
from spec.language.sentences import enumeration

MOST_VALUES = 10_000
"""Of a column: a reader counts no more."""

FITTING: Mapping[type[Feature], frozenset[ReadType]] = {
    NumberFeature: frozenset({"number"}),
    OneHotFeature: frozenset({"category", "boolean", "number"}),
    OrdinalFeature: frozenset({"category", "boolean", "number"}),
    BooleanFeature: frozenset({"boolean"}),
    DatePartsFeature: frozenset({"date"}),
    HashedFeature: frozenset({"category", "text"}),
    **dict.fromkeys(TEXT_ENCODINGS, frozenset[ReadType]({"category", "text"})),
    ImageFeature: frozenset({"image"}),
}
"""The types of columns that an encoding is for."""


@dataclass(frozen=True)
class FeatureRules:
    """The rules of what is learned from.

    Attributes:
        dataset: What the job says.
        facts: Of the whole data set.
        by_name: Its columns.
    """

    dataset: DatasetSpec
    facts: DatasetFacts
    by_name: Mapping[str, ColumnFacts]

    def faults(self) -> Iterator[Fault]:
        """Whatever is wrong with features."""
        used = self._other_uses()
        has_pictures = False
        for _, features in said_features(self.dataset, self.facts):
            if not features:
                sentence = (
                    "The data set has no columns but those that are predicted, weigh rows or split them. Upload a file "
                    "with more columns."
                )
                yield _fault(place_of_default(self.dataset, "features"), sentence, "no_features")
            seen: set[str] = set()
            for at, said in features:
                name = column_of(said)
                column = self.by_name.get(name)
                has_pictures = has_pictures or (column is not None and column.type == "image")
                yield from self._of_one(at, said, seen, used)
                seen.add(name)
            yield from self._alone(features)
        if self.dataset.image is not None and not has_pictures:
            sentence = "`image` says how pictures are read, and this job uses no column of pictures. Leave it out."
            yield _fault((*PLACE, "image"), sentence, "no_pictures")

    def _other_uses(self) -> dict[str, tuple[str, str]]:
        """Columns that cannot be features -> why, and the code of the fault."""
        used = {name: ("is the target", "target_among_features") for _, name in said_targets(self.dataset, self.facts)}
        used |= {
            name: ("has the weights of the rows", "weight_among_features") for _, name in said_weight(self.dataset)
        }
        split = self.dataset.split
        if split is not None and split.way not in {"stratify", "time"}:
            why = "is the column that the rows are split by"
            used |= {name: (why, "split_column_among_features") for _, name in said_split(self.dataset)}
        return used

    def _of_one(
        self, at: Location, said: str | Feature, seen: set[str], used: Mapping[str, tuple[str, str]]
    ) -> Iterator[Fault]:
        name, place = column_of(said), place_of_column(at, said)
        column = self.by_name.get(name)
        if column is None:
            yield unknown_column(name, tuple(self.by_name), place)
        elif name in used:
            why, code = used[name]
            yield _fault(place, f'"{name}" {why}, so it cannot be a feature. Remove it here.', code)
        elif name in seen:
            yield _fault(place, f'"{name}" is listed twice. Remove one.', "column_twice")
        else:
            yield from self._of_encoding(at, said, column)

    def _of_encoding(self, at: Location, said: str | Feature, column: ColumnFacts) -> Iterator[Fault]:
        """Whether a column can be encoded so."""
        encoding, name = encoding_of(said, column), column.name
        at = at if isinstance(said, str) else (*at, "encoding")
        if column.missing >= self.facts.rows:
            sentence = f'All values of "{name}" are missing. Leave it out of `features`.'
            yield _fault(place_of_column(at[:-1], said) if at[-1] == "encoding" else at, sentence, "empty_column")
        elif encoding is None:
            ways = enumeration((f"`{one}`" for one in _names_for(column)), "or")
            sentence = (
                f'"{name}" holds texts, which need an encoding. List `features`, with an object for it such as '
                f'{{"column": "{name[:100]}", "encoding": "multi_hot"}}, or leave it out. The encoding can be {ways}.'
            )
            yield _fault(at, sentence, "encoding_needed")
        elif not column.is_single and (column.type != "number" or not isinstance(encoding, NumberFeature)):
            sentence = (
                f'Each row of "{name}" is an array of the shape {list(column.shape)}, which `{encoding.encoding}` '
                "cannot encode. Use `number`."
            )
            yield _fault(at, sentence, "encoding_type")
        elif column.type not in FITTING[type(encoding)]:
            ways = enumeration((f"`{one}`" for one in _names_for(column)), "or")
            sentence = (
                f'"{name}" holds {HOLDS[column.type]}, which `{encoding.encoding}` cannot encode. Use {ways}, or '
                "describe the column otherwise when the file is read."
            )
            yield _fault(at, sentence, "encoding_type")
        elif isinstance(encoding, OneHotFeature | OrdinalFeature) and not _is_counted(column):
            sentence = (
                f'"{name}" has more than {MOST_VALUES:,} different values, which is too many for '
                f"`{encoding.encoding}`. Use `number`."
            )
            yield _fault(at, sentence, "too_many_values")
        elif isinstance(encoding, ImageFeature):
            yield from self._of_pictures(column)

    def _of_pictures(self, column: ColumnFacts) -> Iterator[Fault]:
        image = self.dataset.image
        if (image is None or image.size is None) and len(column.sizes) > 1:
            first, second, *_ = (f"{one.height} by {one.width}" for one in column.sizes)
            sentence = (
                f'The pictures of "{column.name}" have several sizes, such as {first} and {second}. Set the height and '
                'width that all get, as in "image": {"size": [64, 64]}.'
            )
            at = place_of_default(self.dataset, "image") if image is None else (*PLACE, "image", "size")
            yield _fault(at, sentence, "sizes_differ")

    def _alone(self, features: list[SaidFeature]) -> Iterator[Fault]:
        """Whatever cannot be put beside others into one row of numbers."""
        sound = [(at, said) for at, said in features if self._is_sound(at, said)]
        if len(sound) < 2:  # noqa: PLR2004 - one is alone
            return
        for at, said in sound:
            feature = feature_of(said, self.dataset, self.by_name)
            if feature.is_alone:
                name = feature.column.name
                sentence = (
                    f'"{name}" needs an input of its own, because its rows are sequences, pictures or arrays. Use '
                    f'`inputs`, as in {{"first": ["{name[:100]}"], "second": ["…"]}}, and name them in the `inputs` of '
                    "layers."
                )
                yield _fault(at, sentence, "input_of_its_own")

    def _is_sound(self, at: Location, said: str | Feature) -> bool:
        column = self.by_name.get(column_of(said))
        return column is not None and not any(self._of_encoding(at, said, column))


def _is_counted(column: ColumnFacts) -> bool:
    return column.distinct is not None and column.distinct <= MOST_VALUES


def _names_for(column: ColumnFacts) -> list[str]:
    """The encodings that fit a column."""
    return [
        name
        for name, kind in ENCODINGS.items()
        if column.type in FITTING[kind] and (kind is NumberFeature or (column.is_single and _fits(kind, column)))
    ]


def _fits(kind: type[Feature], column: ColumnFacts) -> bool:
    return kind not in (OneHotFeature, OrdinalFeature) or _is_counted(column)


def _fault(at: Location, message: str, code: str) -> Fault:
    return Fault(pointer=pointer(at), message=message, code=code)
