"""So many units dropped that the others cannot learn the task."""

import math
from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.kernels import DROPPING
from coach.reading.words import percent
from coach.rules.rule import Prescription, Rule
from spec.diagnosis import Severity
from spec.layers.recurrent import Recurrent

_DESPERATE = 0.75


class TooMuchDropout(Rule):
    """So many units dropped that the others cannot learn the task."""

    NAME = "too_much_dropout"
    SOURCE = (
        "Srivastava et al. (2014), Dropout, section 7.3: the error is lowest between 0.4 and 0.8 of the units kept and "
        "rises beyond; UMLAUT (Schoop, Huang and Hartmann, 2021) warns above 0.5."
    )
    CAUSES = ("underfitting", "oscillating_loss", "slow_convergence", "too_few_epochs", "not_learning")
    REMEDIES = (
        Prescription("less_dropout", "More units are left to learn with.", {"rate": 0.1}),
        Prescription("less_dropout", "All units are left to learn with.", {"rate": 0.0}),
        Prescription("wider_layers", "What is left of a wider layer is more."),
        Prescription("more_epochs", "With dropout, training takes two to three times as long."),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the rates of all layers that drop, where that does not keep the network from doing better than it does."""
        network = case.network
        rates = [(index, float(getattr(network.layers[index], "rate"))) for index in network.of_kind(*DROPPING)]  # noqa: B009 -- of several kinds
        rates += [(index, float(getattr(network.layers[index], "dropout"))) for index in network.of_kind(Recurrent)]  # noqa: B009 -- likewise
        rates = [(index, rate) for index, rate in rates if rate > 0]
        if not rates:
            return
        index, most = max(rates, key=lambda one: one[1])
        cut = 1 - math.prod(1 - rate for _, rate in rates)
        if most <= threshold and cut <= (1 + threshold) / 2:
            return
        standing = case.standing
        if standing is not None and standing.gap is not None and standing.gap > 0.1:  # noqa: PLR2004 -- it learns its rows well enough
            return
        severity: Severity = "error" if max(most, cut - 0.15) >= _DESPERATE else "warning"
        if len(rates) == 1:
            seen = f'"{network.name(index)}" drops {percent(most)} of the units in each step.'
            left = "Those that are left may be too few"
        else:
            kept = f"only {percent(1 - cut)} of the ways through all of them are open"
            seen = f"{len(rates)} layers drop up to {percent(most)} of their units in each step, so {kept}."
            left = "What gets through may be too little"
        explanation = f"{seen} {left} to learn the task with."
        is_of_one = most > threshold
        yield Found(
            self.NAME,
            severity,
            most if is_of_one else cut,
            threshold if is_of_one else (1 + threshold) / 2,
            explanation,
            network.name(index),
            epoch=case.first_epoch,
            last_epoch=case.last_epoch,
            unit=None if is_of_one else "of the ways through the network closed",
        )
