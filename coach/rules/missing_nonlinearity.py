"""Layers in a row that are one linear map."""

from collections.abc import Iterator

from coach.evidence import Evidence
from coach.findings import Found
from coach.reading.kernels import NetworkReading
from coach.reading.words import capitalized, layers_called
from coach.rules.rule import Prescription, Rule
from spec.diagnosis import Severity


class MissingNonlinearity(Rule):
    """Layers in a row that are one linear map."""

    NAME = "missing_nonlinearity"
    SOURCE = "Goodfellow, Bengio and Courville (2016), Deep learning, section 6.1: layers in a row without a nonlinearity are one linear map."
    CAUSES = ("underfitting", "not_learning")
    REMEDIES = (Prescription("nonlinearity", "Several layers can then be more than one."),)

    def find(self, evidence: Evidence, threshold: float) -> Iterator[Found]:
        """By the spec alone, and not where a linear model does as well as any."""
        network = NetworkReading(evidence.job)
        linear = [one for one in network.hidden if one.activation is None and network.next_kernel(one) is not None]
        if len(linear) < threshold:
            return
        reference = evidence.reference
        if reference is not None and reference.best - reference.models.get("linear", reference.guess) < _AS_GOOD:
            severity: Severity = "hint"
        else:
            severity = "error" if len(linear) == len(network.hidden) else "warning"
        names = layers_called([one.name for one in linear], "hidden")
        explanation = (
            f"{capitalized(names)} {'has' if len(linear) == 1 else 'have'} no activation. With the next layer it is a "
            "single linear map, which cannot learn more than one layer could."
        )
        yield Found(self.NAME, severity, len(linear), threshold, explanation, layer=linear[0].name)


_AS_GOOD = 0.03
"""By how much the best reference may be better than a linear one where linear models are good enough."""
