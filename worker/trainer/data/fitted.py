"""What was fitted on the training rows of a data set, as plain JSON.

It holds all that is needed to encode a raw row as the rows of the training were encoded, and nothing else is used to
encode those. It is stored beside prepared rows, told in the results of a job, and what a model for raw rows is made of.
Floats are those of Python, which JSON keeps to the bit.
"""

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from spec.datasets.column_facts import ReadType
from spec.datasets.encodings import DatePart, SplitText, Standardize, Unknown
from spec.datasets.facts import Scaling
from spec.datasets.reading import TargetType

FORMAT = 1
"""Raised when the same JSON would mean something else."""


class _Fitted(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")


class FittedScaling(_Fitted):
    """``(number - offset) / divisor``, in float64, float32 in the end; None leaves a step out.

    Attributes:
        kind: What the job asked for.
        offset: Mean or least value of each number of a row, in C order.
        divisor: Deviation or range of each, 1 where that is 0; or one number for all of them.
    """

    kind: Scaling
    offset: tuple[float, ...] | None = None
    divisor: tuple[float, ...] | None = None


class FittedFeature(_Fitted):
    """A column, and how it is encoded.

    Attributes:
        column: Its name.
        type: What it holds.
        shape: What it adds to a row: a number of places, or all of an input.
    """

    column: str
    type: ReadType
    shape: tuple[int, ...]


class FittedNumber(FittedFeature):
    """Numbers: a missing one is filled first, then all are scaled.

    Attributes:
        fill: What stands for a missing number, one for each number of a row, in C order; None where the row is left
            out.
        scaling: Of the filled numbers.
        has_missing_place: Whether one more place after the number is 1 where it was missing, and 0 elsewhere.
    """

    encoding: Literal["number"] = "number"
    fill: tuple[float, ...] | None
    scaling: FittedScaling
    has_missing_place: bool = False


class FittedDateParts(FittedFeature):
    """Numbers that a date has, one place each, filled and scaled as numbers are.

    Attributes:
        parts: Which, in this order.
        fill: Likewise, one for each part.
        scaling: Of the filled parts.
        has_missing_place: Likewise, after the last part.
    """

    encoding: Literal["date_parts"] = "date_parts"
    parts: tuple[DatePart, ...]
    fill: tuple[float, ...] | None
    scaling: FittedScaling
    has_missing_place: bool = False


class FittedBoolean(FittedFeature):
    """1 for true, 0 for false.

    Attributes:
        truth: What the values of the file mean.
        fill: What stands for a missing value; None where it is 0, or the row is left out.
        has_missing_place: Whether one more place is 1 where the value was missing.
        is_missing_refused: Whether a row with a missing value is left out.
    """

    encoding: Literal["boolean"] = "boolean"
    truth: dict[str, bool]
    fill: bool | None
    has_missing_place: bool = False
    is_missing_refused: bool = False


class FittedOneHot(FittedFeature):
    """1 at the place of the value, 0 elsewhere.

    Attributes:
        values: Those that have a place, from place 0 on. Numbers are written as Python writes them, whole ones without
            a point.
        missing_place: Of missing values; None where they are filled, or count as unknown.
        unknown_place: Of all other values; None where they get zeros or are refused.
        unknown: What becomes of them.
        fill: What stands for a missing value.
        is_missing_refused: Whether a row with a missing value is left out.
        truth: Of booleans, what the values of the file mean; of those that mean the same, the first has the place.
    """

    encoding: Literal["one_hot"] = "one_hot"
    values: tuple[str, ...]
    missing_place: int | None = None
    unknown_place: int | None = None
    unknown: Unknown
    fill: str | None = None
    is_missing_refused: bool = False
    truth: dict[str, bool] = {}


class FittedOrdinal(FittedFeature):
    """The place of the value, as a number.

    Attributes:
        values: In order, from 0.
        missing_number: Of missing values; None where they are filled.
        unknown_number: Of all other values; None where they are refused.
        unknown: What becomes of them.
        fill: What stands for a missing value.
        is_missing_refused: Whether a row with a missing value is left out.
        truth: Of booleans, what the values of the file mean; of those that mean the same, the first has the place.
    """

    encoding: Literal["ordinal"] = "ordinal"
    values: tuple[str, ...]
    missing_number: int | None = None
    unknown_number: int | None = None
    unknown: Unknown
    fill: str | None = None
    is_missing_refused: bool = False
    truth: dict[str, bool] = {}


class FittedHashed(FittedFeature):
    """1 at the place that Keras's ``Hashing(bins, output_mode="one_hot")`` gives the value; a missing one has none.

    Attributes:
        bins: How many places there are.
        fill: What stands for a missing value.
        is_missing_refused: Whether a row with a missing value is left out.
    """

    encoding: Literal["hashed"] = "hashed"
    bins: int
    fill: str | None = None
    is_missing_refused: bool = False


class FittedText(FittedFeature):
    """Keras's ``TextVectorization`` of the text; a missing text is an empty one.

    Attributes:
        encoding: ``tokens`` is its output mode ``int``; the others are called as there.
        max_tokens: As there. Places beyond the known tokens stay 0 (``pad_to_max_tokens``).
        standardize: As there.
        split: As there.
        ngrams: As there.
        length: Its ``output_sequence_length``.
        vocabulary: The tokens, without those that stand for an empty place and for all others.
        idf_weights: One for each token of ``vocabulary``, float32.
    """

    encoding: Literal["tokens", "multi_hot", "count", "tf_idf"]
    max_tokens: int
    standardize: Standardize | None
    split: SplitText
    ngrams: int | None
    length: int | None = None
    vocabulary: tuple[str, ...]
    idf_weights: tuple[float, ...] | None = None


class FittedImage(FittedFeature):
    """Pixels of a picture, as `worker.pictures` reads it, scaled.

    Attributes:
        height: In pixels.
        width: In pixels.
        mode: Grey levels or colours.
        fit: How a picture of another shape gets there.
        interpolation: How pixels are resampled, as Pillow does it.
        maximum: The greatest value a pixel can have: 255, or 65535 where some pictures have 16 bits.
        scaling: Of the pixels.
    """

    encoding: Literal["image"] = "image"
    height: int
    width: int
    mode: Literal["grey", "rgb"]
    fit: Literal["stretch", "crop", "pad"]
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos", "box"]
    maximum: int
    scaling: FittedScaling


AnyFeature: TypeAlias = (
    FittedNumber
    | FittedDateParts
    | FittedBoolean
    | FittedOneHot
    | FittedOrdinal
    | FittedHashed
    | FittedText
    | FittedImage
)
"""One class an encoding, by its ``encoding``."""


class FittedInput(_Fitted):
    """What one input of the network gets.

    Attributes:
        name: Of the input; empty where there is one.
        shape: Of a row.
        features: In order; their places stand one after the other.
    """

    name: str
    shape: tuple[int, ...]
    features: tuple[Annotated[AnyFeature, Field(discriminator="encoding")], ...]


class FittedTarget(_Fitted):
    """What is predicted.

    Attributes:
        kind: What it is.
        columns: One, or one for each label.
        type: What the columns hold.
        classes: The names of the classes, from class 0 on; None where it is none of several.
        labels: What each of the labels or numbers is called; None of classes.
    """

    kind: TargetType
    columns: tuple[str, ...]
    type: ReadType
    classes: tuple[str, ...] | None = None
    labels: tuple[str, ...] | None = None


class Fitted(_Fitted):
    """All that was fitted on the training rows of a data set.

    Attributes:
        format: `FORMAT` when it was made.
        reader: The version of the reader that read the file.
        versions: Of the packages whose code encodes rows.
        inputs: Of the network, in order.
        target: What is predicted.
    """

    format: int = FORMAT
    reader: int
    versions: dict[str, str]
    inputs: tuple[FittedInput, ...]
    target: FittedTarget

    def told(self) -> dict[str, Any]:
        """As plain JSON."""
        return self.model_dump(mode="json")
