"""An output that cannot be what the loss takes it for."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.activations import EXCLUSIVE, activation_name
from coach.reading.case import Case
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
        "learning_rate_too_low",
        "slow_convergence",
        "batch_too_large",
        "too_few_epochs",
        "underfitting",
        "diverged",
        "not_learning",
    )
    REMEDIES = (
        Prescription("output_activation", "The output can then be what the loss takes it for."),
        Prescription("fitting_loss", "The loss then fits the output."),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the spec alone."""
        told = self._told(case.output)
        if told is None or threshold > 1:
            return
        severity, explanation = told
        layer = None if case.output.kernel is None else case.output.kernel.name
        first, last = case.first_epoch, case.last_epoch
        yield Found(self.NAME, severity, 1, threshold, explanation, layer, epoch=first, last_epoch=last)

    @classmethod
    def _told(cls, output: OutputReading) -> tuple[Severity, str] | None:
        wanted = output.fitting_activation(output.loss)
        now = output.activation
        if output.units == 1 and now in EXCLUSIVE:
            return "error", (
                f'The output is a single unit with "{now}", which is 1 whatever the network computes. So it says the '
                "same of every row."
            )
        if wanted is not None and output.kernel is not None:
            said = "no activation" if now == LINEAR else f'the activation "{now}"'
            needed = "none" if wanted == LINEAR else f'"{wanted}"'
            return cls._severity(now, wanted), (
                f"The output has {said}, where the target and the loss need {needed}. Some targets are out of its "
                "reach, or the loss takes its numbers for something that they are not."
            )
        if output.kernel is not None and cls._is_twice(output):
            return "error", (
                f'The output goes through "{now}" twice. The second one makes all classes nearly alike, so the loss '
                "can hardly fall."
            )
        return None

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
