"""Targets that nothing predicts, or that are predicted too well."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.rules.rule import Rule
from coach.standing import standing_of

_ENOUGH_ROWS = 200
_NOT_FAR = 0.5
"""Of the way from guessing to a perfect score: where all models stop here, the targets hold them back."""


class LabelNoiseOrLeak(Rule):
    """Targets that nothing predicts, or that are predicted too well."""

    NAME = "label_noise_or_leak"
    SOURCE = (
        "Kaufman, Rosset and Perlich (2012), Leakage in data mining: a model that is too good; Northcutt, Athalye and "
        "Mueller (2021), Pervasive label errors. Easy and hard tasks look the same, so it is a hint."
    )
    CAUSES = ("overfitting",)
    REMEDIES = ()

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the first epoch's score; by that of simple models and the network where they agree."""
        start, rows = case.evidence.start, case.evidence.epochs
        if start is None or not rows or start.train_rows < _ENOUGH_ROWS:
            return
        first = standing_of(case.evidence, rows[0])
        if first is not None and first.is_of_rows and first.has_validation and first.score > 1 - threshold:
            explanation = (
                f"After one epoch the score on validation rows is {first.score:.3f} already. The task may be easy, or "
                "a column may tell the target: look for one that is known only afterwards."
            )
            measured, epoch = 1 - first.score, case.first_epoch
            yield Found(self.NAME, "hint", measured, threshold, explanation, epoch=epoch, last_epoch=epoch)
            return
        reference, standing = case.evidence.reference, case.standing
        if not case.evidence.is_final or reference is None or standing is None or standing.best is None:
            return
        way = (reference.best - reference.guess) / max(1 - reference.guess, 1e-9)
        measured = abs(standing.score - reference.best)
        if way < _NOT_FAR and measured < threshold:
            explanation = (
                f"The network and the best simple model both go {way:.0%} of the way from guessing to a perfect score. "
                "The columns may tell no more about the target, or some targets may be wrong."
            )
            last = case.last_epoch
            unit = "of the score between the network and the best simple model"
            yield Found(self.NAME, "hint", measured, threshold, explanation, epoch=last, last_epoch=last, unit=unit)
