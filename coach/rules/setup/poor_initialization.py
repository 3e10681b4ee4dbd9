"""First weights of another scale than keeps numbers and gradients at theirs."""

import math
from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.initialization import deviation_of, size_ratio
from coach.reading.kernels import Kernel
from coach.reading.words import layers_called, times
from coach.rules.rule import Prescription, Rule


class PoorInitialization(Rule):
    """First weights of another scale than keeps numbers and gradients at theirs."""

    NAME = "poor_initialization"
    SOURCE = (
        "Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural networks; He et "
        "al. (2015), Delving deep into rectifiers: what does not keep the scale multiplies from layer to layer. "
        "Amazon SageMaker Debugger, rule PoorWeightInitialization, warns at a ratio of 10."
    )
    CAUSES = (
        "saturated_activations",
        "exploding_gradients",
        "vanishing_gradients",
        "dead_units",
        "diverged",
        "oscillating_loss",
        "slow_convergence",
        "learning_rate_too_high",
        "learning_rate_too_low",
        "batch_too_large",
        "too_few_epochs",
        "underfitting",
        "overfitting",
        "not_learning",
    )
    REMEDIES = (
        Prescription("he_initialization", "Outputs keep the scale of their inputs, layer by layer."),
        Prescription("glorot_initialization", "Outputs and gradients keep their scale, layer by layer."),
        Prescription("batch_normalization", "Every layer gets numbers of the usual scale, whatever the weights."),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the spec alone: the deviation that an initializer gives, beside those that keep the scale of outputs."""
        ratios = [(kernel, ratio) for kernel in case.network.hidden if (ratio := self._ratio(case, kernel)) is not None]
        alike = [kernel for kernel, ratio in ratios if ratio == 0]
        if alike:
            called = layers_called([one.name for one in alike], "hidden")
            explanation = (
                f"All first weights of {called} are the same number. All units of a layer then learn the same, so it "
                "does no more than a single unit would."
            )
            unit = "hidden layers whose first weights are all the same"
            yield self._found(case, alike[0], len(alike), 1, explanation, unit)
            return
        whole = math.prod(ratio for _, ratio in ratios)
        worst = max(ratios, key=lambda one: abs(math.log(one[1])), default=None)
        if worst is None:
            return
        kernel, ratio = worst
        single, together = _times(ratio), _times(whole)
        if single >= threshold:
            size = "larger" if ratio > 1 else "smaller"
            explanation = (
                f'The first weights of "{kernel.name}" are {times(single)} times {size} than those that keep numbers '
                f"at their scale. What the layer gives, and the gradients that it passes back, {_effect(ratio)}."
            )
            yield self._found(case, kernel, single, threshold, explanation)
        elif together >= threshold:
            explanation = (
                f"From layer to layer the first weights make numbers {'larger' if whole > 1 else 'smaller'}: by "
                f"{times(together)} times in all, where they should keep their scale. What the last layers get, and "
                f"the gradients that the first ones get, {_effect(whole)}."
            )
            yield self._found(case, kernel, together, threshold, explanation)

    def _found(  # noqa: PLR0913, PLR0917 -- one for each thing that a finding has
        self, case: Case, kernel: Kernel, measured: float, threshold: float, explanation: str, unit: str | None = None
    ) -> Found:
        first, last = case.first_epoch, case.last_epoch
        return Found(self.NAME, "error", measured, threshold, explanation, kernel.name, first, last, unit)

    @staticmethod
    def _ratio(case: Case, kernel: Kernel) -> float | None:
        """How many times too large (above 1) or too small (below) the first weights are; None where it is no matter."""
        if kernel.normalized_at is not None:
            return None
        ratios: list[float] = []
        for role in kernel.roles:
            shape = case.network.kernel_shape(kernel.index, role)
            deviation = deviation_of(getattr(kernel.layer, f"{role}_initializer"), shape) if shape else None
            if deviation is not None:
                ratios.append(size_ratio(deviation, shape))
        return math.prod(ratios) if ratios else None


def _times(ratio: float) -> float:
    return max(ratio, 1 / ratio)


def _effect(ratio: float) -> str:
    return "are too large as well" if ratio > 1 else "are too small as well"
