"""The shapes of a network's inputs as a body says them: one shape, or those of several by their names."""

from typing import Annotated, Any, cast

from pydantic import Field, GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, core_schema

from spec.datasets.input_names import MOST_INPUTS, InputName
from spec.language.lists import AtMost
from spec.networks.inference import InputShapes
from spec.networks.sizes import LARGEST_SIZE, WholeOrList

InputShape = Annotated[tuple[int, ...], WholeOrList(1, LARGEST_SIZE, is_single_allowed=False)]
"""Field type of one input's shape, without the batch."""

_Shapes = Annotated[dict[InputName, InputShape], Field(min_length=1), AtMost(MOST_INPUTS, "inputs")]
_ONE: TypeAdapter[tuple[int, ...]] = TypeAdapter(InputShape)
_SEVERAL: TypeAdapter[dict[str, tuple[int, ...]]] = TypeAdapter(_Shapes)


class _ShapeOrShapes:
    """Annotation of what is one shape, or an object of them."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        union = core_schema.union_schema([handler.generate_schema(InputShape), handler.generate_schema(_Shapes)])
        return core_schema.no_info_wrap_validator_function(self._check, union)

    @staticmethod
    def _check(value: object, _inner: Any) -> InputShapes:  # noqa: ANN401 - pydantic's handler
        return _SEVERAL.validate_python(value) if isinstance(value, dict) else _ONE.validate_python(value)


ShapeOrShapes = Annotated[InputShapes, _ShapeOrShapes()]
"""Field type of the shapes of a network's inputs; the names of several are in their order."""


def names_of(said: object) -> tuple[str, ...]:
    """The names of several inputs in the order of their shapes, whatever else is wrong with these; none of one."""
    return tuple(cast("dict[str, object]", said))[:MOST_INPUTS] if isinstance(said, dict) else ()
