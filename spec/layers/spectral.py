"""A layer that holds a layer whose kernel it keeps from growing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field

from spec.language.declared import OneOf, kinds, rule
from spec.language.faults import fault_error, raise_faults
from spec.layers.base import Geometry, Layer, Named, Part, Shape, ShapeFault, Variable
from spec.layers.depthwise import Depthwise
from spec.layers.einsum import EinsumDense
from spec.layers.kernels import KernelLayer
from spec.layers.masks import UNMASKED, Masked, MaskShape
from spec.layers.sequences import Embedding
from spec.layers.wrappers import WRAPPERS, Wrapper, within
from spec.networks.layer_vocabulary import LAYERS

_WITH_A_KERNEL = {
    **{name: kind for base in (KernelLayer, Depthwise) for name, kind in kinds(base).items()},
    "EinsumDense": EinsumDense,
    "Embedding": Embedding,
}
_NO_KERNEL = (
    "Keras normalizes the `kernel` or the `embeddings` of a layer, and this one has neither. Use `Dense`, a "
    "convolution, `EinsumDense` or `Embedding`."
)

NORMALIZED = OneOf(
    Layer,
    LAYERS,
    unfit={name: _NO_KERNEL for name in (*kinds(Layer), *WRAPPERS) if name not in _WITH_A_KERNEL},
)
"""What a `SpectralNormalization` can hold."""

NORMALIZED_THOUGH_FROZEN = (
    "Keras normalizes the kernel within a `SpectralNormalization` in each step of a training, even where the layer is "
    "frozen. To keep the weights as they are, use the layer that it holds by itself."
)
"""What is told of one that is not trained."""

NormalizedField = Annotated[Layer, NORMALIZED]


class SpectralNormalization(Wrapper):
    """Divides the kernel of a layer by its largest singular value, ahead of every step of the training.

    Source: Miyato et al. (2018), "Spectral Normalization for Generative Adversarial Networks".

    Attributes:
        layer: The layer. Its kernel is read as a matrix that has a column for each element of its last axis.
        power_iterations: How many times a step improves the estimate of the singular value.
    """

    layer: NormalizedField
    power_iterations: Annotated[int, Field(ge=1, le=100)] = 1

    HELD: ClassVar[Mapping[str, OneOf]] = {"layer": NORMALIZED}

    @rule
    def _check_mask(self) -> None:
        if isinstance(self.layer, Embedding) and self.layer.mask_zero:
            sentence = "A `SpectralNormalization` hands no mask on. Leave `mask_zero` out."
            raise_faults([fault_error("mask_at_normalized", sentence, at=("layer", "mask_zero"))])

    def geometry_as(self, held: Sequence[Named], inputs: Sequence[Shape]) -> Geometry:
        """The kernel, the estimate of its singular vector, and what else the layer has."""
        one = self._of("layer", self.layer, held[0], inputs)
        kernel, *others = within(held[0].name, one.variables)
        vector = Variable("vector_u", (1, kernel.shape[-1]), is_trainable=False)
        return replace(one, variables=(kernel, vector, *others))

    def parts(self, inputs: Sequence[Shape]) -> Iterator[Part]:
        """Its layer reads what it reads."""
        yield Part("layer", self.layer, inputs)

    def masked(self, inputs: Sequence[Shape], output: Shape, masks: Sequence[MaskShape | None]) -> Masked:
        """Keras says that it drops a mask, and then hands it on to some layers after it.

        Raises:
            ShapeFault: If there is one.
        """
        del inputs, output
        if all(mask is None for mask in masks):
            return UNMASKED
        sentence = (
            "The input has a mask, and a `SpectralNormalization` cannot hand it on. Add a layer that uses the mask, or "
            "one that drops it, such as `Reshape`, before it."
        )
        raise ShapeFault(sentence, code="mask_at_normalized")


def has_normalized_kernel(layer: Layer) -> bool:
    """Whether it is a `SpectralNormalization`, or holds one."""
    return isinstance(layer, SpectralNormalization) or any(map(has_normalized_kernel, layer.held.values()))
