"""More or fewer outputs than the target has."""

from collections.abc import Iterator

from coach.evidence import Evidence
from coach.findings import Found
from coach.reading.outputs import OutputReading
from coach.rules.rule import Prescription, Rule


class OutputUnitsMismatch(Rule):
    """More or fewer outputs than the target has."""

    NAME = "output_units_mismatch"
    SOURCE = "Goodfellow, Bengio and Courville (2016), Deep learning, section 6.2.2: one output for each class."
    CAUSES = ("not_learning", "slow_convergence")
    REMEDIES = (Prescription("output_units", "Each class needs an output of its own."),)

    def find(self, evidence: Evidence, threshold: float) -> Iterator[Found]:
        """By the spec alone. What no run could get right is a fault of the spec already."""
        output = OutputReading(evidence.job)
        wanted = output.fitting_units
        wrong = abs(output.units - wanted)
        if wrong < threshold:
            return
        target = "a number" if output.facts.classes is None else f"one of {output.facts.classes} classes"
        explanation = (
            f"The output has {output.units} units, and the target is {target}, which takes {wanted}. Outputs that no "
            "target uses, or that several share, cannot be right."
        )
        layer = None if output.kernel is None else output.kernel.name
        yield Found(self.NAME, "error", wrong, threshold, explanation, layer=layer)
