"""How well a network does, beside what could be expected of it: what "poor" means.

A score is brought to a scale on which always guessing the same is 0 and the best that is known is 1. With a reference
(`coach.evidence.ReferenceSeen`) the best is that of simple models on the same rows; without one it is a perfect score,
which few data sets allow, so the bar is lower then.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from coach.evidence import EpochSeen, Evidence
from coach.reading.classes import overlooks_rare_classes
from coach.reading.scores import Score, Scores, epoch_left

EXPECTED = 0.85
"""The share of the way from guessing to a reference model that a network should go. Reference models are simple and
see a part of the rows, so a network that was set up well comes to 1 or more; validation rows are few at times, and a
score of 200 rows is known to 0.03 or so."""

EXPECTED_BLINDLY = 0.5
"""The same where there is no reference, beside a perfect score. Noisy data sets allow little more than that."""

EXPECTED_OF_LIKELIHOOD = 0.3
"""The same of a loss, where no metric tells the score: a cross-entropy of 0.7 times that of guessing is still a
network that is right twice as often as a guess."""

CLEARLY = 0.1
"""The share of the way from guessing to a perfect score that a reference must go, or nothing can be said of the data
set. It is a share, so that it holds for rare classes, whose guess is right nearly always."""

_ENOUGH_EPOCHS = 5
_ENOUGH_OF_ALL = 0.2
RECENT = 0.3
STANDSTILL = 0.01
"""A loss that falls by less over so much of its end has come to rest."""


@dataclass(frozen=True)
class Standing:
    """How well a network does.

    Attributes:
        metric: ``accuracy``, ``r2``, or ``likelihood``: what the loss is below that of guessing, as a share of it.
        score: On the validation rows, or on the training rows where there are none.
        train_score: On the training rows.
        has_validation: Whether the score is that of validation rows.
        guess: The score of always saying the same.
        best: The score of the best reference; None where there is none.
        peak: The best score of any epoch.
        least: The share that it should come to beside a reference, as the job has it.
    """

    metric: str
    score: float
    train_score: float | None
    has_validation: bool
    guess: float
    best: float | None
    peak: float
    least: float = EXPECTED

    @property
    def top(self) -> float:
        """The best that is known of the data set: of a reference, or of the network itself where it did better."""
        return 1.0 if self.best is None else max(self.best, self.peak)

    @property
    def is_of_rows(self) -> bool:
        """Whether the score is one of answers, not of a loss."""
        return self.metric != "likelihood"

    @property
    def share(self) -> float:
        """How far it came from guessing (0) to the best that is known (1); may be negative."""
        return self.share_of(self.score)

    def share_of(self, score: float) -> float:
        """The same of any score."""
        if not math.isfinite(score):
            return -math.inf
        return (score - self.guess) / max(self.top - self.guess, 1e-9)

    @property
    def is_telling(self) -> bool:
        """Whether there is anything to learn, as far as is known."""
        return self.best is None or self.top - self.guess >= CLEARLY * (1 - self.guess)

    @property
    def expected(self) -> float:
        """The share that it should have come to."""
        if self.best is not None:
            return self.least
        blindly = EXPECTED_OF_LIKELIHOOD if self.metric == "likelihood" else EXPECTED_BLINDLY
        return blindly * self.least / EXPECTED

    @property
    def is_below(self) -> bool:
        """Whether it is clearly below what could be expected."""
        return self.is_memorized or (self.is_telling and self.share < self.expected)

    @property
    def is_memorized(self) -> bool:
        """Whether it has its training rows by heart and still does hardly better than guessing on others."""
        if self.train_score is None or not self.has_validation or not self.is_of_rows:
            return False
        return self.way_of(self.score) < CLEARLY and self.way_of(self.train_score) > 1 - CLEARLY

    def way_of(self, score: float) -> float:
        """How far a score is from guessing (0) to a perfect one (1); may be negative."""
        return (score - self.guess) / max(1 - self.guess, 1e-9)

    @property
    def knows_its_rows(self) -> bool:
        """Whether it does as well as could be expected on the rows that it learned, whatever it does on others."""
        return self.train_score is not None and self.share_of(self.train_score) >= self.expected

    @property
    def gap(self) -> float | None:
        """How much better it is on training rows than on validation rows, on the scale of `share`."""
        if self.train_score is None or not self.has_validation:
            return None
        return self.share_of(self.train_score) - self.share


def standing_of(evidence: Evidence, at: EpochSeen | None = None) -> Standing | None:
    """How well a network does after an epoch; None where its metrics do not tell.

    Args:
        evidence: Of the job.
        at: The epoch; the one whose weights the job leaves, unless said.
    """
    if not evidence.epochs or evidence.start is None:
        return None
    scores = Scores(evidence)
    last = scores.at(at or _left(evidence))
    found = last if at is not None else _evaluated(evidence, last)
    if found is None:
        return None
    reference = evidence.reference
    is_known = reference is not None and reference.metric == found.metric
    guess = reference.guess if reference is not None and is_known else scores.guess(found.metric)
    if guess is None:
        return None
    best = reference.best if reference is not None and is_known else None
    peak = _peak(scores, last, found)
    return Standing(found.metric, found.value, found.train, found.is_held_back, guess, best, peak, _least(evidence))


def _least(evidence: Evidence) -> float:
    """The share of the way that the job wants: the threshold of the rule that tells of too little."""
    threshold = evidence.job.spec.coach.threshold_of("not_learning")
    return EXPECTED if threshold is None else threshold


def is_poor(evidence: Evidence, standing: Standing | None) -> bool:
    """Whether a network does clearly worse than it could, so that what is odd about it explains something.

    While it trains it is poor only if it is far from what could be expected and has come to a standstill.

    Args:
        evidence: Of the job.
        standing: As `standing_of` gives it.
    """
    if evidence.has_diverged or evidence.failure == "diverged":
        return True
    if standing is None:
        return evidence.is_final and is_flat(evidence.curve("loss"))
    if evidence.is_final:
        return standing.is_below or overlooks_rare_classes(evidence)
    seen = evidence.curve("loss")
    enough = max(_ENOUGH_EPOCHS, _ENOUGH_OF_ALL * evidence.job.spec.training.epochs)
    is_at_rest = len(seen) >= enough and is_flat(seen)
    return is_at_rest and standing.is_below and standing.share < EXPECTED_BLINDLY


def is_flat(curve: Sequence[float]) -> bool:
    """Whether a curve has not fallen by more than a hundredth over its last part."""
    if len(curve) < 2 or not all(map(math.isfinite, curve)):  # noqa: PLR2004 -- a slope has two ends
        return True
    recent = max(2, round(len(curve) * RECENT))
    before = min(curve[:-recent] or curve[:1])
    return min(curve[-recent:]) > before - STANDSTILL * abs(before)


def _evaluated(evidence: Evidence, found: Score | None) -> Score | None:
    """The score that the job was given in the end, where it was given one, with what its metrics tell beside it."""
    wanted = evidence.reference.metric if evidence.reference is not None else None
    metric = next((one for one in (wanted, "accuracy", "r2") if one in evidence.evaluated), None)
    if metric is None:
        return found
    is_same = found is not None and found.metric == metric
    value = evidence.evaluated[metric]
    return Score(metric, value, found.train if found is not None and is_same else None, is_held_back=True)


def _peak(scores: Scores, last: Score | None, found: Score) -> float:
    """The best score of any epoch; that of other rows, or of another variance, is measured from the last one's."""
    if last is None or last.metric != found.metric:
        return found.value
    better = scores.peak(last) - last.value
    return found.value + better if math.isfinite(better) else found.value


def _left(evidence: Evidence) -> EpochSeen:
    """The epoch whose weights the job leaves."""
    return evidence.epochs[epoch_left(evidence.job.spec, [row.metrics for row in evidence.epochs])]
