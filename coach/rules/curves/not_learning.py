"""A network that does little better than guessing, or far worse than it could."""

from collections.abc import Iterator

from coach.findings import Found
from coach.reading.case import Case
from coach.reading.curves import whole_fall
from coach.rules.rule import Prescription, Rule
from coach.standing import Standing
from spec.diagnosis import Severity


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
        if not case.is_poor:
            return
        first, last = case.first_epoch, case.last_epoch
        standing = case.standing
        if standing is None:
            yield Found(
                self.NAME,
                "warning",
                max(0.0, whole_fall(None, case.loss)),
                threshold,
                "The loss has not become smaller for a while. The metrics do not tell how far the network is from what "
                "it could reach; an accuracy or a mean squared error would.",
                epoch=first,
                last_epoch=last,
            )
            return
        share = max(-1e6, standing.share)
        severity: Severity = "error" if share < threshold else "warning"
        yield Found(self.NAME, severity, share, threshold, self._told(case, standing), epoch=first, last_epoch=last)

    @staticmethod
    def _told(case: Case, standing: Standing) -> str:
        rows = "validation rows" if standing.has_validation else "training rows"
        name = {"accuracy": "accuracy", "r2": "share of the variance explained"}.get(standing.metric, "likelihood")
        guess = "the mean" if standing.metric == "r2" else "the commonest class"
        told = f"On the {rows} the {name} is {standing.score:.3g}; always guessing {guess} gives {standing.guess:.3g}"
        reference = case.evidence.reference
        if standing.best is None or reference is None or not reference.models:
            end = f", and a perfect network {1:g}."
        else:
            best = max(reference.models, key=lambda one: reference.models[one])
            end = f", and the reference model {best.replace('_', ' ')} {reference.models[best]:.3g}."
        worse = "hardly better than guessing" if standing.share < 0.1 else "clearly worse than it could be"  # noqa: PLR2004 -- a tenth of the way
        return f"{told}{end} The network is {worse}."
