"""More or fewer outputs than the target has."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.words import target_called
from coach.rules.rule import Prescription, Rule


class OutputUnitsMismatch(Rule):
    """More or fewer outputs than the target has."""

    NAME = "output_units_mismatch"
    SOURCE = "Goodfellow, Bengio and Courville (2016), Deep learning, section 6.2.2: one output for each class."
    CAUSES = ("wrong_output_activation", "not_learning", "slow_convergence", "too_few_epochs", "underfitting")
    REMEDIES = (Prescription("output_units", "Each class needs an output of its own."),)

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the spec alone. What no run could get right is a fault of the spec already."""
        output = case.output
        wanted = output.fitting_units
        wrong = abs(output.units - wanted)
        if wrong < threshold:
            return
        units = "1 unit" if output.units == 1 else f"{output.units} units"
        explanation = (
            f"The output has {units}, and the target is {target_called(output.facts)}, which takes {wanted}. An output "
            "that stands for no class or for several of them cannot be right."
        )
        layer = None if output.kernel is None else output.kernel.name
        yield Found(
            self.NAME, "error", wrong, threshold, explanation, layer, epoch=case.first_epoch, last_epoch=case.last_epoch
        )
