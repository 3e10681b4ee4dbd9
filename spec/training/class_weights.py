"""How much the rows of each class count: numbers that are said, or computed from how many rows each class has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, core_schema

from spec.language.lists import AtMost
from spec.networks.sizes import NotNegative

Balanced = Literal["balanced"]
"""The word for weights that follow from how many training rows each class has."""

_Weights = Annotated[
    dict[Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,5})$")], NotNegative],
    Field(min_length=1),
    AtMost(10_000, "classes"),
]


@dataclass(frozen=True)
class _WeightsOrWord:
    """Annotation of a field that takes the word or the numbers; faults in the numbers keep their own place."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        word = core_schema.literal_schema(["balanced"])
        both = core_schema.union_schema([word, handler.generate_schema(_Weights)])
        return core_schema.no_info_wrap_validator_function(self._read, both)

    @staticmethod
    def _read(value: object, _inner: Callable[[object], object]) -> object:
        return value if value == "balanced" else _reader().validate_python(value)


ClassWeight = Annotated[dict[str, float] | Balanced, _WeightsOrWord()]
"""Field type of ``class_weight``."""


@cache
def _reader() -> TypeAdapter[dict[str, float]]:
    return TypeAdapter(_Weights, config=ConfigDict(strict=True, allow_inf_nan=False))


def balanced(counts: Sequence[int]) -> dict[int, float]:
    """Weights with which all classes weigh the same in all: ``rows / (classes * rows of the class)``.

    A class without rows counts for nothing, and has no weight.

    Source: scikit-learn's ``compute_class_weight("balanced", classes=np.unique(y), y=y)``, after King and Zeng (2001),
    "Logistic Regression in Rare Events Data".

    Args:
        counts: How many training rows each class has, from class 0 on.
    """
    present = [(number, count) for number, count in enumerate(counts) if count]
    rows = sum(count for _, count in present)
    return {number: rows / (len(present) * count) for number, count in present}
