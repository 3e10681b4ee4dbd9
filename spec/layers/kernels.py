"""What layers with a kernel have in common."""

from collections.abc import Mapping
from typing import ClassVar

from spec.language.retired import Retired
from spec.layers.base import FOREIGN, KERNEL_FORMERLY, Layer
from spec.networks.activations import ActivationField
from spec.networks.constraints import ConstraintField
from spec.networks.initializers import InitializerField
from spec.networks.regularizers import RegularizerField


class Activating(Layer, is_base=True):
    """Base of the layers that end with an activation."""

    activation: ActivationField | None = None

    @property
    def is_activated(self) -> bool:
        """Whether it applies an activation that does something."""
        return self.activation not in {None, "linear"}


class Activated(Activating, is_base=True):
    """Base of the layers that multiply by a kernel, add a bias and apply an activation."""

    use_bias: bool = True
    bias_initializer: InitializerField = "zeros"
    bias_regularizer: RegularizerField | None = None
    bias_constraint: ConstraintField | None = None

    RETIRED: ClassVar[Mapping[str, Retired]] = {**FOREIGN, **KERNEL_FORMERLY}


class KernelLayer(Activated, is_base=True):
    """Base of those that have one kernel, called ``kernel``, governed by the fields ``kernel_…``."""

    kernel_initializer: InitializerField = "glorot_uniform"
    kernel_regularizer: RegularizerField | None = None
    kernel_constraint: ConstraintField | None = None
