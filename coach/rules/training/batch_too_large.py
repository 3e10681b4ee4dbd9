"""So few steps an epoch that a training has no time to learn."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.rules.rule import Prescription, Rule

_FEW = 300
"""Steps in a whole training with which hardly a network gets somewhere."""


class BatchTooLarge(Rule):
    """So few steps an epoch that a training has no time to learn."""

    NAME = "batch_too_large"
    SOURCE = (
        "Keskar et al. (2017), On large-batch training for deep learning; Masters and Luschi (2018), Revisiting small "
        "batch training: batches of 2 to 32 do best for the same number of epochs."
    )
    CAUSES = ("learning_rate_too_low", "slow_convergence", "too_few_epochs", "underfitting", "not_learning")
    REMEDIES = (
        Prescription("smaller_batches", "An epoch has more steps, at the same cost.", {"batch_size": 32}),
        Prescription("smaller_batches", "An epoch has still more steps.", {"batch_size": 16}),
        Prescription("more_epochs", "More epochs make more steps."),
        Prescription("raise_learning_rate", "Large batches bear a higher rate.", {"factor": 10.0}),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By the steps of an epoch, where there are few in all."""
        steps = case.training.steps
        if steps >= threshold or case.job.spec.training.batch_size <= 16:  # noqa: PLR2004 -- fewer rows are few rows
            return
        epochs = case.job.spec.training.epochs
        if steps * epochs >= _FEW or case.evidence.has_diverged:
            return
        if case.standing is not None and case.standing.knows_its_rows:  # it had steps enough to learn them
            return
        explanation = (
            f"An epoch has {steps} {'step' if steps == 1 else 'steps'} of {case.job.spec.training.batch_size:,} rows, "
            f"and all {epochs:,} epochs have {steps * epochs:,}. That is too few for most networks to get somewhere."
        )
        yield Found(
            self.NAME, "warning", steps, threshold, explanation, epoch=case.first_epoch, last_epoch=case.last_epoch
        )
