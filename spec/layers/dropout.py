"""Layers that disturb training, and only training: dropout, noise, a penalty on activity."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, cast

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from spec.language.faults import fault_error, raise_faults
from spec.language.retired import Retired, formerly
from spec.layers.base import FOREIGN, Geometry, Layer, Shape, ShapeFault, elementwise
from spec.layers.convolution import OfImages, OfSequences
from spec.layers.fields import DataFormat
from spec.networks.regularizers import RegularizerField
from spec.networks.sizes import LARGEST_RANK, Fraction, NotNegative, Seed, is_whole

Rate = Annotated[float, Field(ge=0, lt=1)]
"""The share dropped. Keras constructs a rate of 1 too, and then has nothing left to divide by."""


@dataclass(frozen=True)
class AxesOrNull:
    """Annotation of a list of sizes, None standing for the input's own."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        size = core_schema.nullable_schema(core_schema.int_schema(ge=1))
        many = core_schema.tuple_variable_schema(size, min_length=1, max_length=LARGEST_RANK)
        return core_schema.no_info_wrap_validator_function(self._check, many)

    @staticmethod
    def _check(value: object, _inner: Callable[[object], object]) -> object:
        if not isinstance(value, list | tuple) or not 1 <= len(cast("Sequence[object]", value)) <= LARGEST_RANK:
            raise_faults(
                [
                    fault_error(
                        "list_type", "This must be a list of whole numbers and nulls, the first of which is the batch."
                    )
                ]
            )
        sizes = tuple(cast("Sequence[object]", value))
        for index, size in enumerate(sizes):
            if size is not None and not (is_whole(size) and size >= 1):
                raise_faults(
                    [fault_error("out_of_range", "This must be a whole number greater than 0, or null.", at=(index,))]
                )
        return sizes


class Disturbance(Layer, is_base=True):
    """Base of those that draw random numbers."""

    seed: Seed | None = None

    CARRIES_MASK: ClassVar[bool] = True
    RETIRED: ClassVar[Mapping[str, Retired]] = {**FOREIGN, "p": formerly("rate")}

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Every element becomes one."""
        return elementwise(self.single(inputs), cost=2)


class ShapedDropout(Disturbance, is_base=True):
    """Base of those that can drop along whole axes.

    Attributes:
        noise_shape: The shape of the dropout mask, beginning with the batch. null is the size of the input, and 1 uses
            one value for the whole axis.
    """

    rate: Rate
    noise_shape: Annotated[tuple[int | None, ...], AxesOrNull()] | None = None

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Every element becomes one; the mask must fit the input."""
        shape = self.single(inputs)
        if self.noise_shape is not None:
            batch, *mask = self.noise_shape
            if batch not in {None, 1} or len(mask) != len(shape):
                sentence = f"This must have {len(shape) + 1} items, and the first one (the batch) must be null or 1."
                raise ShapeFault(sentence, field="noise_shape")
            if any(size not in {None, 1, axis} for size, axis in zip(mask, shape, strict=True)):
                sentence = f"This does not fit an input of shape {list(shape)}. Use its sizes, 1 or null."
                raise ShapeFault(sentence, field="noise_shape")
        return super().geometry(inputs)


class Dropout(ShapedDropout):
    """Sets elements to 0 at random, and scales up the others."""


class AlphaDropout(ShapedDropout):
    """Dropout that keeps the mean and the variance, for use with SELU."""


class GaussianDropout(Disturbance):
    """Multiplies by noise with mean 1 and variance `rate / (1 - rate)`."""

    rate: Rate


class GaussianNoise(Disturbance):
    """Adds noise with mean 0."""

    stddev: Fraction

    RETIRED: ClassVar[Mapping[str, Retired]] = {**FOREIGN, "sigma": formerly("stddev")}


def _stay_trainable(value: object) -> object:
    if value is False:
        raise_faults(
            [
                fault_error(
                    "nothing_to_train",
                    "This layer has nothing to train, and Keras does not accept `trainable` for it. Leave it out.",
                )
            ]
        )
    return value


def _has_no_penalty(value: object) -> object:
    if value is not None:
        sentence = (
            "Keras does not accept `activity_regularizer` for this layer. Add an `ActivityRegularization` layer after "
            "it."
        )
        raise_faults([fault_error("not_of_this_layer", sentence)])
    return value


class SpatialDropout(Disturbance, is_base=True):
    """Base of those that drop whole channels. Keras takes fewer arguments for them than for any other layer."""

    rate: Rate
    trainable: Annotated[bool, BeforeValidator(_stay_trainable)] = True
    activity_regularizer: Annotated[RegularizerField | None, BeforeValidator(_has_no_penalty)] = None


class SpatialDropout1D(OfSequences, SpatialDropout):
    """Drops whole channels of a sequence."""


class SpatialDropout2D(OfImages, SpatialDropout):
    """Drops whole channels of an image."""

    data_format: DataFormat | None = None


def _is_a_penalty(value: object) -> object:
    if value is not None:
        raise_faults([fault_error("not_of_this_layer", "This layer is such a penalty itself. Set its `l1` and `l2`.")])
    return value


class ActivityRegularization(Layer):
    """Adds a penalty on its input to the loss."""

    l1: NotNegative = 0.0
    l2: NotNegative = 0.0
    activity_regularizer: Annotated[RegularizerField | None, BeforeValidator(_is_a_penalty)] = None

    CARRIES_MASK: ClassVar[bool] = True

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """The input's shape."""
        return elementwise(self.single(inputs), cost=2)
