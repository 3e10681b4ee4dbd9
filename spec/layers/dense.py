"""The fully connected layer."""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from spec.language.retired import Retired, called, formerly
from spec.layers.base import Geometry, Shape, Variable
from spec.layers.kernels import Activated, KernelLayer
from spec.networks.sizes import Size


class Dense(KernelLayer):
    """Fully connected layer, applied along the last axis."""

    units: Size

    CARRIES_MASK: ClassVar[bool] = True
    RETIRED: ClassVar[Mapping[str, Retired]] = {
        **Activated.RETIRED,
        "output_dim": formerly("units"),
        "neurons": called("units"),
    }

    def geometry(self, inputs: Sequence[Shape]) -> Geometry:
        """Kernel (inputs, units) and bias (units,)."""
        shape = self.single(inputs)
        output = (*shape[:-1], self.units)
        variables = [Variable("kernel", (shape[-1], self.units), "kernel")]
        if self.use_bias:
            variables.append(Variable("bias", (self.units,), "bias"))
        size = math.prod(output)
        extra = int(self.use_bias) + int(self.is_activated)
        return Geometry(
            output, tuple(variables), flops=size * (2 * shape[-1] + extra), kept=size * (1 + int(self.is_activated))
        )
