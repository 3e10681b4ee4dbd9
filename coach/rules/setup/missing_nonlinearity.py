"""Layers in a row that are one linear map."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.words import capitalized, layers_called
from coach.rules.rule import Prescription, Rule
from spec.diagnosis import Severity

_LINEAR = ("linear", "logistic", "ridge")
"""How linear models among the references are called."""

_AS_GOOD = 0.03
"""By how much the best reference may be better than a linear one where linear models are good enough."""


class MissingNonlinearity(Rule):
    """Layers in a row that are one linear map."""

    NAME = "missing_nonlinearity"
    SOURCE = (
        "Goodfellow, Bengio and Courville (2016), Deep learning, section 6.1: layers in a row without a nonlinearity "
        "are one linear map."
    )
    CAUSES = ("underfitting", "slow_convergence", "too_few_epochs", "not_learning")
    REMEDIES = (Prescription("nonlinearity", "Several layers can then be more than one."),)

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the spec, and by how well a linear model among the references does."""
        network = case.network
        linear = [one for one in network.hidden if one.activation is None and network.next_kernel(one) is not None]
        if len(linear) < max(threshold, 1):
            return
        severity: Severity = "error" if len(linear) == len(network.hidden) else "warning"
        names = layers_called([one.name for one in linear], "hidden")
        verb, each = ("has", "it") if len(linear) == 1 else ("have", "each")
        explanation = (
            f"{capitalized(names)} {verb} no activation function. Together with the next layer {each} is one linear "
            "map, which can learn no more than a single layer."
        )
        yield Found(
            self.NAME,
            "hint" if self._is_linear_enough(case) else severity,
            len(linear),
            threshold,
            explanation,
            linear[0].name,
            epoch=case.first_epoch,
            last_epoch=case.last_epoch,
        )

    @staticmethod
    def _is_linear_enough(case: Case) -> bool:
        """Whether linear models do as well as any, as far as is known."""
        reference = case.evidence.reference
        scores = (
            ()
            if reference is None
            else [score for name, score in reference.models.items() if any(one in name for one in _LINEAR)]
        )
        return reference is not None and bool(scores) and reference.best - max(scores) < _AS_GOOD
