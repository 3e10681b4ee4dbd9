"""How columns become numbers: one class an encoding. What is fitted is fitted on the training rows alone.

A feature is a column's name, which is encoded as its type suggests, or an object with a ``column``. One without an
``encoding`` is no more than the name.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from spec.datasets.facts import Scaling
from spec.datasets.names import ColumnName
from spec.language.declared import Section, rule
from spec.language.faults import fault_error, raise_faults
from spec.language.lists import AtMost, OneOrMore
from spec.language.retired import Retired, called
from spec.language.sentences import enumeration, quoted
from spec.language.suggestions import nearest

Unknown = Literal["own", "zeros", "refuse"]
"""What a value becomes that no training row has.

- ``own``: a place of its own.
- ``zeros``: nothing, as if it were not there.
- ``refuse``: a fault.
"""

DatePart = Literal["year", "quarter", "month", "day", "weekday", "day_of_year", "hour", "minute", "second", "timestamp"]
"""A number that a date has, in UTC. Mondays are 0. A ``timestamp`` counts seconds since 1970."""

Standardize = Literal["lower_and_strip_punctuation", "lower", "strip_punctuation"]
"""What is done to a text before it is split, as Keras's `TextVectorization` does it."""

SplitText = Literal["whitespace", "character"]
"""What a text is split into, as Keras's `TextVectorization` does it."""


class Feature(Section):
    """A column, and how it is encoded.

    Attributes:
        column: Its name.
        encoding: The name of the encoding.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {"name": called("column"), "type": called("encoding")}

    column: ColumnName
    encoding: str


class PlainFeature(Section):
    """A column that is encoded as its type suggests.

    Attributes:
        column: Its name.
    """

    column: ColumnName


class _ScaledFeature(Feature):
    """What encodings of numbers have in common."""

    RETIRED: ClassVar[Mapping[str, Retired]] = {**Feature.RETIRED, "normalize": called("scaling")}

    scaling: Scaling | None = None


class NumberFeature(_ScaledFeature):
    """Numbers as they are, scaled. Of a column of arrays, all of them.

    Attributes:
        scaling: By default, that of the data set in the job.
    """

    encoding: Literal["number"] = "number"


class OneHotFeature(Feature):
    """A place for each value, 1 at the row's own and 0 elsewhere.

    There are as many places as all rows have different values, at most ``max_categories``, one more for missing values
    if there are any and they get their own, and one more for unknown values. The training rows decide which value gets
    which place: those that they have most often, in the order of a class target. Places that are left over stay 0.

    Attributes:
        unknown: What values become that have no place.
        max_categories: How many values get a place at most.
        min_count: How many training rows must have a value for it to get a place.
    """

    encoding: Literal["one_hot"] = "one_hot"
    unknown: Unknown = "own"
    max_categories: Annotated[int, Field(ge=1, le=10_000)] = 500
    min_count: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1


class OrdinalFeature(Feature):
    """The place of the row's value, from 0, as a number.

    Attributes:
        order: The values in order. By default, that of a class target, of the values of the training rows.
        unknown: ``own`` is one place after the last; ``zeros`` is the place 0.
    """

    encoding: Literal["ordinal"] = "ordinal"
    order: Annotated[OneOrMore[Annotated[str, Field(max_length=10_000)]], AtMost(10_000, "values")] | None = None
    unknown: Unknown = "own"

    @rule
    def _check_order(self) -> None:
        if self.order is not None and len(set(self.order)) != len(self.order):
            raise_faults([fault_error("value_twice", "Each value can be listed only once.", at=("order",))])


class BooleanFeature(Feature):
    """1 for true, 0 for false."""

    encoding: Literal["boolean"] = "boolean"


class DatePartsFeature(_ScaledFeature):
    """Numbers that a date has, one place each, scaled.

    Attributes:
        parts: Which, in this order.
        scaling: By default, that of the data set in the job.
    """

    encoding: Literal["date_parts"] = "date_parts"
    parts: Annotated[OneOrMore[DatePart], AtMost(10, "parts")] = ("year", "month", "weekday")

    @rule
    def _check_parts(self) -> None:
        if len(set(self.parts)) != len(self.parts):
            raise_faults([fault_error("part_twice", "Each part can be listed only once.", at=("parts",))])


class HashedFeature(Feature):
    """A place for each of so many hashes, 1 at that of the row's value, as Keras's `Hashing` with ``one_hot``.

    Attributes:
        bins: How many places there are.
    """

    encoding: Literal["hashed"] = "hashed"
    bins: Annotated[int, Field(ge=1, le=65_536)] = 64


class _TextFeature(Feature):
    """What encodings of texts have in common: Keras's `TextVectorization`, adapted to the training rows.

    Attributes:
        max_tokens: How many different tokens are known at most, with the one for unknown tokens.
        standardize: What is done to a text first; null leaves it as it is.
        split: What it is split into.
        ngrams: Also counts so many tokens in a row as one.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **Feature.RETIRED,
        "output_mode": Retired("The name of the encoding says it.", "encoding"),
        "vocabulary": Retired("The vocabulary is made of the training rows. Leave `{name}` out."),
    }

    max_tokens: Annotated[int, Field(ge=2, le=1_000_000)] = 20_000
    standardize: Standardize | None = "lower_and_strip_punctuation"
    split: SplitText = "whitespace"
    ngrams: Annotated[int, Field(ge=1, le=10)] | None = None


class TokensFeature(_TextFeature):
    """The numbers of a text's tokens in order: 0 fills up to `length`, 1 is an unknown token. An input of its own.

    Attributes:
        length: How many tokens a row has.
        pad: On which side it is filled up.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {**_TextFeature.RETIRED, "output_sequence_length": called("length")}

    encoding: Literal["tokens"] = "tokens"
    length: Annotated[int, Field(ge=1, le=100_000)] = 200
    pad: Literal["right"] = "right"


class MultiHotFeature(_TextFeature):
    """A place for each token, 1 where the text has it."""

    encoding: Literal["multi_hot"] = "multi_hot"
    max_tokens: Annotated[int, Field(ge=2, le=65_536)] = 1_000


class CountFeature(_TextFeature):
    """A place for each token, with how often the text has it."""

    encoding: Literal["count"] = "count"
    max_tokens: Annotated[int, Field(ge=2, le=65_536)] = 1_000


class TfIdfFeature(_TextFeature):
    """A place for each token, with how often the text has it, times Keras's inverse document frequency."""

    encoding: Literal["tf_idf"] = "tf_idf"
    max_tokens: Annotated[int, Field(ge=2, le=65_536)] = 1_000


class ImageFeature(_ScaledFeature):
    """Pictures, read as the data set in the job says, and scaled.

    Attributes:
        scaling: By default, that of the data set in the job.
    """

    encoding: Literal["image"] = "image"


TEXT_ENCODINGS = (TokensFeature, MultiHotFeature, CountFeature, TfIdfFeature)

ENCODINGS: Mapping[str, type[Feature]] = {
    str(kind.model_fields["encoding"].default): kind
    for kind in (
        NumberFeature,
        OneHotFeature,
        OrdinalFeature,
        BooleanFeature,
        DatePartsFeature,
        HashedFeature,
        *TEXT_ENCODINGS,
        ImageFeature,
    )
}
"""Every encoding by its name."""


class _NameOrFeature:
    """Annotation of a feature: a column's name, or an object with an ``encoding``."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        kinds = {name: handler.generate_schema(kind) for name, kind in ENCODINGS.items()}
        union = core_schema.union_schema(
            [
                core_schema.str_schema(),
                handler.generate_schema(PlainFeature),
                core_schema.tagged_union_schema(kinds, discriminator="encoding"),
            ]
        )
        return core_schema.no_info_wrap_validator_function(self._check, union)

    @staticmethod
    def _check(value: object, _inner: Any) -> str | Feature:  # noqa: ANN401 - pydantic's handler
        if isinstance(value, Feature):
            return value
        if isinstance(value, str):
            if not 1 <= len(value) <= 256:  # noqa: PLR2004 - as `ColumnName` has it
                raise_faults([fault_error("string_length", "The name of a column must have 1 to 256 characters.")])
            return value
        if not isinstance(value, dict):
            raise_faults(
                [fault_error("feature_type", "A feature must be the name of a column, or an object with a `column`.")]
            )
        members = cast("dict[str, object]", value)
        if members.keys() == {"column"}:
            return PlainFeature.model_validate(members).column
        encoding = members.get("encoding")
        if not isinstance(encoding, str) or encoding not in ENCODINGS:
            known = enumeration(map(quoted, ENCODINGS), "or")
            if encoding is None:
                sentence = f"A feature that is an object needs an `encoding`: {known}."
                raise_faults([fault_error("missing", sentence, at=("encoding",))])
            suggestion = nearest(encoding, tuple(ENCODINGS)) if isinstance(encoding, str) else None
            sentence = "This is not a known encoding." + ("" if suggestion is not None else f" Use {known}.")
            raise_faults([fault_error("unknown_encoding", sentence, at=("encoding",), suggestion=suggestion)])
        return ENCODINGS[str(encoding)].model_validate(members)


FeatureField = Annotated[str | Feature, _NameOrFeature()]
"""A feature: a column's name, or an object with a ``column`` and, as a rule, an ``encoding``."""
