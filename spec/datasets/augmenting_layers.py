"""The layers that a job's data set lists to augment the batches of a training."""

from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, core_schema

from spec.datasets.input_names import MOST_INPUTS, InputName
from spec.language.declared import OneOf, kinds
from spec.language.faults import fault_error, raise_faults
from spec.language.lists import AtMost, Several
from spec.language.vocabularies import Vocabulary
from spec.layers import Layer
from spec.layers.dropout import Disturbance
from spec.networks.left_out import LEFT_OUT_LAYERS, RENAMED_LAYERS

MOST_LAYERS = 100

_OTHERS = {
    name: f"`{name}` does not augment rows. Put it into the `network`."
    for name, kind in kinds(Layer).items()
    if not issubclass(kind, Disturbance)
}
_VOCABULARY = Vocabulary(
    "layer",
    {other: name for other, name in RENAMED_LAYERS.items() if name not in _OTHERS},
    LEFT_OUT_LAYERS,
    _OTHERS,
)


_SUPERFLUOUS = {
    "inputs": "The layers of `augment` come one after the other. Leave `inputs` out.",
    "activity_regularizer": (
        "What these layers put out does not depend on any weight, so a penalty on it changes nothing. Leave "
        "`activity_regularizer` out."
    ),
}
"""What a layer says in a network alone -> why not here."""


def _check_place(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    raise_faults(
        [
            fault_error(f"augment_{field}", sentence, at=(index, field))
            for index, layer in enumerate(layers)
            for field, sentence in _SUPERFLUOUS.items()
            if getattr(layer, field) is not None
        ]
    )
    return layers


_Layers = Annotated[
    Several[Annotated[Layer, OneOf(Disturbance, _VOCABULARY)]],
    AtMost(MOST_LAYERS, "layers"),
    AfterValidator(_check_place),
]
_ByInput = Annotated[dict[InputName, _Layers], AtMost(MOST_INPUTS, "inputs")]


class _ListOrObject:
    """Annotation of what is one list of layers, or an object of them."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        union = core_schema.union_schema([handler.generate_schema(_Layers), handler.generate_schema(_ByInput)])
        choose = partial(self._check, one=TypeAdapter(_Layers), several=TypeAdapter(_ByInput))
        return core_schema.no_info_wrap_validator_function(choose, union)

    @staticmethod
    def _check(value: object, _inner: Any, *, one: Any, several: Any) -> object:  # noqa: ANN401 - pydantic's
        if not isinstance(value, list | tuple | dict):
            sentence = (
                'This must be a list of layers, such as [{"type": "RandomFlip"}], or, for several inputs, an object '
                "with a list for some of them."
            )
            raise_faults([fault_error("augment_type", sentence)])
        return (several if isinstance(value, dict) else one).validate_python(value)


AugmentField = Annotated[tuple[Layer, ...] | dict[str, tuple[Layer, ...]], _ListOrObject()]
"""The layers, one after the other; or those of some of several inputs, by their names."""
