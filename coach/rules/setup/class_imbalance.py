"""Classes that are rare, and that the network does not find."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.rules.rule import Prescription, Rule
from coach.techniques.data.class_weights import rows_ratio

_NO_BETTER = 0.25
"""Of the way from guessing to the best that is known: below it the network says the commonest class nearly always."""


class ClassImbalance(Rule):
    """Classes that are rare, and that the network does not find."""

    NAME = "class_imbalance"
    SOURCE = (
        "Amazon SageMaker Debugger, rule ClassImbalance: a ratio of 10; Japkowicz and Stephen (2002), The class "
        "imbalance problem: what is rare is ignored where the whole error is smaller so."
    )
    CAUSES = ("not_learning",)
    REMEDIES = (Prescription("class_weights", "Rare classes get as much weight as common ones."),)

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the rows of each class, where the network does hardly better than one that says the commonest."""
        training = case.job.spec.training
        counts = () if case.evidence.start is None else [one for one in case.evidence.start.class_rows if one]
        ratio = max(counts) / min(counts) if counts else rows_ratio(case.job.facts)
        if ratio is None or ratio < threshold or training.class_weight is not None:
            return
        standing = case.standing
        if standing is not None and (standing.metric != "accuracy" or standing.share > _NO_BETTER):
            return
        score = "" if standing is None else f", and {standing.score:.1%} of the answers are right"
        explanation = (
            f"The commonest class has {ratio:,.3g} times as many rows as the rarest{score}. A network that always says "
            "the commonest class does about as well, so the rare ones may not be learned."
        )
        yield Found(
            self.NAME,
            "error",
            ratio,
            threshold,
            explanation,
            epoch=case.first_epoch,
            last_epoch=case.last_epoch,
        )
