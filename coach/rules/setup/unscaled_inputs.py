"""Numbers of another scale than first weights and learning rates are meant for."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.scaling import largest_number, reads_raw_numbers
from coach.reading.words import times
from coach.rules.rule import Prescription, Rule


class UnscaledInputs(Rule):
    """Numbers of another scale than first weights and learning rates are meant for."""

    NAME = "unscaled_inputs"
    SOURCE = (
        "LeCun, Bottou, Orr and Müller (1998), Efficient BackProp, section 4.3: inputs of mean 0 and deviation 1. The "
        "curvature of the loss grows with the square of the scale: inputs 10 times as large bear a hundredth of the "
        "learning rate."
    )
    CAUSES = (
        "learning_rate_too_high",
        "saturated_activations",
        "dead_units",
        "exploding_gradients",
        "vanishing_gradients",
        "oscillating_loss",
        "diverged",
        "slow_convergence",
        "learning_rate_too_low",
        "batch_too_large",
        "too_few_epochs",
        "underfitting",
        "not_learning",
    )
    REMEDIES = (
        Prescription("scale_inputs", "Usual learning rates and first weights are meant for inputs of about 1."),
        Prescription("batch_normalization", "The layers behind the first one get numbers of the usual scale."),
        Prescription("lower_learning_rate", "Large inputs make large steps."),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the training rows as the network gets them; ahead of a run by what is known of the data set."""
        start = case.evidence.start
        if start is None:
            yield from self._ahead(case, threshold)
            return
        for name, seen in start.inputs.items():
            if not reads_raw_numbers(case.network, name):
                continue
            is_small = 0 < seen.largest_scale < 1 / threshold
            measured = 1 / seen.largest_scale if is_small else seen.largest_scale
            if measured < threshold:
                continue
            which = "" if len(start.inputs) == 1 else f' of "{name}"'
            effect = "the first layer hardly feels smaller ones" if is_small else "larger ones flood the first layer"
            explanation = (
                f"The numbers{which} that the network reads have a typical size of {times(seen.largest_scale)}, where "
                f"about 1 is usual. First weights and learning rates are meant for numbers of about 1, and {effect}."
            )
            yield Found(
                self.NAME,
                "error",
                measured,
                threshold,
                explanation,
                epoch=case.first_epoch,
                last_epoch=case.last_epoch,
            )

    def _ahead(self, case: Case, threshold: float) -> Iterator[Found]:
        for name in case.job.inferred.inputs:
            largest = largest_number(case.job, name)
            if largest is None or largest < threshold or not reads_raw_numbers(case.network, name):
                continue
            which = "" if len(case.job.inferred.inputs) == 1 else f' of "{name}"'
            explanation = (
                f"The network reads numbers{which} up to {times(largest)} as they are, where about 1 is usual. First "
                "weights and learning rates are meant for such numbers, and larger ones may flood the first layer."
            )
            yield Found(self.NAME, "error", largest, threshold, explanation)
