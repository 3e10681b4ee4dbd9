"""A network that cannot even learn its training rows."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.words import percent
from coach.rules.rule import Prescription, Rule
from coach.standing import is_flat


class Underfitting(Rule):
    """A network that cannot even learn its training rows."""

    NAME = "underfitting"
    SOURCE = (
        "Goodfellow, Bengio and Courville (2016), Deep learning, section 5.2. Whether the network is too small or not "
        "well trained cannot be told apart, so it is a hint."
    )
    CAUSES = ("not_learning",)
    REMEDIES = (
        Prescription("wider_layers", "More units can represent more."),
        Prescription("deeper", "More layers can represent more."),
        Prescription("nonlinearity", "Without activations, layers are one linear map."),
        Prescription("less_regularization", "Penalties and dropout keep networks from learning."),
        Prescription("more_epochs", "A loss at rest may fall again."),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """Where training ended at rest, with training rows that simple models know better."""
        standing = case.standing
        if standing is None or not case.evidence.is_final or case.evidence.has_diverged or not case.is_poor:
            return
        train = standing.score if standing.train_score is None else standing.train_score
        measured = 1 - max(0.0, standing.share_of(train))
        if measured <= 0 or measured < threshold or not is_flat(case.loss):
            return
        gone = f"only {percent(1 - measured)}" if measured < 1 else "none"
        seen = f"even on its own training rows the network has gone {gone}"
        goal, unit = "the best score that is known", None
        if standing.best is None:
            goal = "a perfect score"
            unit = f"of the way from guessing to {goal}, still to go"
        explanation = (
            f"The loss does not fall any more, and {seen} of the way from guessing to {goal}. "
            "The network may be too small for the task."
        )
        yield Found(
            self.NAME,
            "hint",
            measured,
            threshold,
            explanation,
            epoch=case.last_epoch,
            last_epoch=case.last_epoch,
            unit=unit,
        )
