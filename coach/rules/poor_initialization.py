"""First weights of another scale than keeps numbers and gradients at theirs."""

import math
from collections.abc import Iterator

from coach.evidence import Evidence
from coach.findings import Found
from coach.reading.initialization import deviation_of
from coach.reading.kernels import NetworkReading
from coach.rules.rule import Prescription, Rule


class PoorInitialization(Rule):
    """First weights of another scale than keeps numbers and gradients at theirs."""

    NAME = "poor_initialization"
    SOURCE = "Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural networks; He et al. (2015), Delving deep into rectifiers: the deviation of the first weights is about 1 / sqrt(fan_in). SageMaker Debugger warns at a ratio of 10."
    CAUSES = (
        "saturated_activations",
        "exploding_gradients",
        "vanishing_gradients",
        "dead_units",
        "diverged",
        "oscillating_loss",
        "slow_convergence",
        "not_learning",
    )
    REMEDIES = (
        Prescription("he_initialization", "Outputs keep the scale of their inputs, layer by layer."),
        Prescription("glorot_initialization", "Outputs and gradients keep their scale, layer by layer."),
        Prescription("batch_normalization", "Every layer gets numbers of the usual scale, whatever the weights."),
    )

    def find(self, evidence: Evidence, threshold: float) -> Iterator[Found]:
        """By the spec alone: the deviation that an initializer gives, beside the one that keeps the scale of outputs."""
        network = NetworkReading(evidence.job)
        for kernel in network.kernels:
            if not kernel.layer.trainable or kernel.normalized_at is not None:
                continue
            for role in kernel.roles:
                shape = network.kernel_shape(kernel.index, role)
                deviation = deviation_of(getattr(kernel.layer, f"{role}_initializer"), shape)
                fan_in = math.prod(shape[:-1])
                if deviation is None or fan_in < 1 or not shape:
                    continue
                usual = math.sqrt(2 / fan_in)
                ratio = max(deviation, 1e-12) / usual
                if 1 / threshold <= ratio <= threshold:
                    continue
                size = "larger" if ratio > 1 else "smaller"
                times = ratio if ratio > 1 else 1 / ratio
                told = (
                    "all alike"
                    if deviation == 0
                    else f"{times:.3g} times {size} than what keeps numbers at their scale"
                )
                effect = (
                    "so the units of the layer all learn the same."
                    if deviation == 0
                    else f"so numbers grow {'beyond all bounds' if ratio > 1 else 'too small'} from layer to layer."
                )
                explanation = f'The first weights of "{kernel.name}" are {told}, {effect}'
                explanation += " He or Glorot initialization draws them by the number of inputs of a unit."
                measured = times if deviation else float(threshold) * 2
                yield Found(self.NAME, "error", measured, threshold, explanation, layer=kernel.name)
