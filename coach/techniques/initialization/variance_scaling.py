"""Variance scaling on the mean of inputs and outputs."""

from typing import Annotated, Literal

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.activations import RECTIFYING
from coach.reading.kernels import Kernel
from coach.techniques.initialization.first_weights import initializers_of, move_to
from coach.techniques.technique import Technique
from spec.language.declared import Section
from spec.networks.initializers import VarianceScaling


class VarianceScalingParameters(Section):
    """Of the variance scaling.

    Attributes:
        scale: The variance of the weights, times the mean of inputs and outputs.
        distribution: From which the weights are drawn.
    """

    scale: Annotated[float, Field(gt=0, le=100)] = 2.0
    distribution: Literal["truncated_normal", "untruncated_normal", "uniform"] = "uniform"


class VarianceScalingInitialization(Technique[VarianceScalingParameters]):
    """He initialization with the mean of both fans, which keeps gradients as well as signals."""

    NAME = "variance_scaling"
    TITLE = "Variance scaling on fan_avg"
    PURPOSE = (
        "The first weights before a rectifier get a variance that follows from the mean of the inputs and the outputs "
        "of the layer, so that gradients keep their size as well."
    )
    SECTION = "Glorot and He Initialization"
    SOURCE = "He, Zhang, Ren and Sun (2015), Delving deep into rectifiers"
    PARAMETERS = VarianceScalingParameters

    def move(self, job: CoachedJob, parameters: VarianceScalingParameters) -> Move | NotApplicable:
        """Every hidden layer with a rectifier."""

        def is_so(kernel: Kernel) -> bool:
            return all(
                isinstance(one, VarianceScaling)
                and (one.scale, one.mode, one.distribution) == (parameters.scale, "fan_avg", parameters.distribution)
                for one in initializers_of(kernel)
            )

        value = {
            "type": "VarianceScaling",
            "scale": parameters.scale,
            "mode": "fan_avg",
            "distribution": parameters.distribution,
        }
        return move_to(
            job,
            value,
            lambda kernel: kernel.activation in RECTIFYING and not is_so(kernel),
            why=f"get the variance {parameters.scale:g} divided by the mean of the inputs and the outputs.",
            nothing="There is no hidden layer with a ReLU or a similar activation that begins otherwise.",
        )
