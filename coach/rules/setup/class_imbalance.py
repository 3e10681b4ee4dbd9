"""Classes that are rare, and that the network does not find."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.classes import NO_BETTER, balanced_way, rows_ratio_seen
from coach.reading.words import times
from coach.rules.rule import Prescription, Rule
from coach.techniques.data.class_weights import rows_ratio


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
        ratio = rows_ratio_seen(case.evidence) or rows_ratio(case.job.facts)
        if ratio is None or ratio < threshold or training.class_weight is not None:
            return
        standing = case.standing
        way = balanced_way(case.evidence)
        if way is None and standing is not None:
            way = standing.share if standing.metric == "accuracy" else 1.0
        if way is not None and way > NO_BETTER:
            return
        explanation = f"The commonest class has {times(ratio)} times as many rows as the rarest{self._told(case)}"
        yield Found(
            self.NAME,
            "error",
            ratio,
            threshold,
            explanation,
            epoch=case.first_epoch,
            last_epoch=case.last_epoch,
        )

    @staticmethod
    def _told(case: Case) -> str:
        standing, found = case.standing, case.evidence.evaluated.get("balanced_accuracy")
        if found is not None:
            return (
                f", but on average the network finds only {found:.1%} of the rows of a class. It says the commonest "
                "class nearly always, which makes few mistakes and tells nothing of the rare ones."
            )
        score = "" if standing is None else f", and {standing.score:.1%} of the answers are right"
        return (
            f"{score}. A network that always says the commonest class does about as well, so the rare ones may not be "
            "learned."
        )
