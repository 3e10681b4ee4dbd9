"""A network that does little better than guessing, or far worse than it could."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.curves import fall
from coach.reading.words import percent
from coach.rules.rule import Prescription, Rule
from coach.standing import CLEARLY, RECENT, STANDSTILL, Standing
from coach.yardstick import METRICS, MODEL_NAMES
from spec.diagnosis import Severity

_HARDLY = 0.1
"""Of the way: a network that goes less of it answers as if it knew nothing."""
_FALLEN = "of the loss in the last third of the epochs"


class NotLearning(Rule):
    """A network that does little better than guessing, or far worse than it could."""

    NAME = "not_learning"
    SOURCE = (
        "What simple models and a guess reach on the same rows. Published tools put a fixed bound to the accuracy "
        "(AUTOTRAINER, Zhang et al., 2021: 0.6), whether a data set is easy or hard."
    )
    REMEDIES = (
        Prescription("adam", "It trains networks of many kinds at its usual rate."),
        Prescription("scale_inputs", "Usual learning rates and first weights are meant for inputs of about 1."),
        Prescription("batch_normalization", "Every layer gets numbers of the usual scale."),
        Prescription("relu", "It passes gradients on as they are, where it is above zero."),
        Prescription("he_initialization", "Outputs keep the scale of their inputs, layer by layer."),
        Prescription("more_epochs", "More steps lead further."),
        Prescription("wider_layers", "More units can represent more."),
        Prescription("deeper", "More layers can represent more."),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """By its score beside those of guessing and of reference models; every network that does poorly is told of."""
        del threshold  # `coach.standing` asks for it, since it is where poor begins
        if not case.is_poor:
            return
        standing = case.standing
        if standing is None:
            yield self._by_loss(case)
            return
        severity: Severity = "error" if standing.share < _HARDLY else "warning"
        measured, bound, unit = standing.share, standing.expected, None
        if standing.best is None:
            unit = "of the way from guessing to a perfect score"
        if measured >= bound or not standing.is_telling:  # no model knows better: what is left is a perfect one
            measured, bound, unit = (
                standing.way_of(standing.score),
                CLEARLY,
                "of the way from guessing to a perfect score",
            )
        if measured >= bound:
            yield self._by_loss(case)
            return
        first, last = case.first_epoch, case.last_epoch
        told = self._told(case, standing)
        yield Found(self.NAME, severity, max(-1e6, measured), bound, told, epoch=first, last_epoch=last, unit=unit)

    def _by_loss(self, case: Case) -> Found:
        first, last = case.first_epoch, case.last_epoch
        if case.evidence.has_diverged or case.evidence.failure == "diverged":
            told = (
                "The loss is not a finite number any more, so whatever the network had learned is lost. What it "
                "answers from there on means nothing."
            )
            return Found(self.NAME, "error", 0.0, STANDSTILL, told, epoch=first, last_epoch=last, unit=_FALLEN)
        told = (
            "The loss has not become smaller for a while. The metrics do not tell how far the network is from what it "
            "could reach; an accuracy or a mean squared error would."
        )
        measured = max(0.0, fall(case.loss, RECENT))
        return Found(self.NAME, "warning", measured, STANDSTILL, told, epoch=first, last_epoch=last, unit=_FALLEN)

    @staticmethod
    def _told(case: Case, standing: Standing) -> str:
        rows = "validation rows" if standing.has_validation else "training rows"
        if standing.is_of_rows:
            name, guess = METRICS[standing.metric]
            called = name if standing.metric == "r2" else f"the {name}"
            seen = f"On the {rows} {called} is {standing.score:.3g}; {guess} gives {standing.guess:.3g}"
        else:
            side = "below" if standing.score >= 0 else "above"
            apart = f"{percent(abs(standing.score))} {side} that of guessing by the shares of the classes"
            seen = f"On the {rows} the loss is {apart}"
        reference = case.evidence.reference
        if standing.best is None or reference is None or not reference.models:
            end = ", and a perfect network 1." if standing.is_of_rows else "."
        else:
            best = max(reference.models, key=lambda one: reference.models[one])
            end = f", and {MODEL_NAMES.get(best, best.replace('_', ' '))} {reference.models[best]:.3g}."
        if standing.score < standing.guess:
            worse = "worse than guessing"
        else:
            worse = "hardly better than guessing" if standing.share < _HARDLY else "clearly worse than it could be"
        return f"{seen}{end} The network is {worse}."
