"""An output that cannot be what the loss takes it for."""

from collections.abc import Iterator

from coach.evidence import Evidence
from coach.findings import Found
from coach.reading.activations import EXCLUSIVE, activation_name
from coach.reading.outputs import LINEAR, SIGMOIDS, OutputReading
from coach.rules.rule import Prescription, Rule
from spec.diagnosis import Severity


class WrongOutputActivation(Rule):
    """An output that cannot be what the loss takes it for."""

    NAME = "wrong_output_activation"
    SOURCE = "Goodfellow, Bengio and Courville (2016), Deep learning, section 6.2.2."
    CAUSES = (
        "dead_units",
        "vanishing_gradients",
        "saturated_activations",
        "exploding_gradients",
        "learning_rate_too_high",
        "slow_convergence",
        "too_few_epochs",
        "diverged",
        "not_learning",
    )
    REMEDIES = (
        Prescription("output_activation", "The output can be what the loss takes it for."),
        Prescription("fitting_loss", "The loss then fits the output."),
    )

    def find(self, evidence: Evidence, threshold: float) -> Iterator[Found]:
        """By the spec alone."""
        output = OutputReading(evidence.job)
        wanted = output.fitting_activation(output.loss)
        now = output.activation
        layer = None if output.kernel is None else output.kernel.name
        if output.units == 1 and now in EXCLUSIVE:
            explanation = (
                f'The output is a single unit with "{now}", which is 1 whatever the network computes. Nothing can be '
                "learned through it."
            )
            yield Found(self.NAME, "error", 1, threshold, explanation, layer=layer)
        elif wanted is not None and output.kernel is not None:
            said = "no activation" if now == LINEAR else f'the activation "{now}"'
            needed = "none" if wanted == LINEAR else f'"{wanted}"'
            explanation = (
                f"The output has {said}, and its target and the loss need {needed}. Some targets are out of its reach, "
                "or the loss takes its numbers for something that they are not."
            )
            yield Found(self.NAME, self._severity(now, wanted), 1, threshold, explanation, layer=layer)
        elif output.kernel is not None and self._is_twice(output):
            explanation = (
                f'The output goes through "{now}" twice. The second time all classes come out nearly alike, and what '
                "the loss pulls at hardly moves."
            )
            yield Found(self.NAME, "error", 1, threshold, explanation, layer=layer)

    @staticmethod
    def _severity(now: str, wanted: str) -> Severity:
        """Shares of classes of their own still rank the classes: that is learned, if not as well."""
        return "warning" if now in SIGMOIDS and wanted in EXCLUSIVE else "error"

    @staticmethod
    def _is_twice(output: OutputReading) -> bool:
        """Whether an activation of all units together is applied to its own output."""
        kernel = output.kernel
        if kernel is None:
            return False
        named = [activation_name(output.network.layers[index]) for index in (kernel.index, *kernel.behind)]
        return sum(name in EXCLUSIVE for name in named) > 1
