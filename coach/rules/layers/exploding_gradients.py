"""Gradients that are too large for any usual learning rate."""

import math
from collections.abc import Iterator

from coach.evidence import LayerSignals
from coach.findings import Found
from coach.reading.case import Case
from coach.reading.words import times as as_times
from coach.rules.rule import Prescription, Rule
from spec.diagnosis import Severity


class ExplodingGradients(Rule):
    """Gradients that are too large for any usual learning rate."""

    NAME = "exploding_gradients"
    SOURCE = (
        "Pascanu, Mikolov and Bengio (2013), On the difficulty of training recurrent neural networks. With a gradient "
        "of 100 times the size of the weights, one step at the usual rate of 0.01 replaces all of them."
    )
    CAUSES = ("diverged", "oscillating_loss", "dead_units", "saturated_activations", "not_learning")
    REMEDIES = (
        Prescription("gradient_clipping", "A bound on the gradient bounds each step."),
        Prescription("scale_inputs", "Large inputs make large gradients."),
        Prescription("he_initialization", "First weights of the usual size keep gradients at their scale."),
        Prescription("batch_normalization", "Every layer gets numbers of the usual scale, and so do gradients."),
        Prescription("lower_learning_rate", "Shorter steps bear larger gradients."),
    )

    def find(self, case: Case, threshold: float) -> Iterator[Found]:
        """With the first weights, and in every epoch, layer by layer."""
        looked = [(case.first_epoch, case.start_signals), *((row.epoch, row.signals) for row in case.rows)]
        worst: dict[str, tuple[float, int | None]] = {}
        for epoch, signals in looked:
            for name in case.trained:
                times = self._times(signals, name)
                if times is not None and times >= threshold and times > worst.get(name, (0.0, None))[0]:
                    worst[name] = (times, epoch)
        # The steps of other optimizers are as long as their rate says, however large a gradient is.
        is_felt = case.training.optimizer.type == "SGD" or case.evidence.has_diverged
        severity: Severity = "error" if is_felt else "hint"
        for name, (times, epoch) in worst.items():
            told = as_times(times)
            explanation = (
                f'The gradient of "{name}" was {told} times as large as its weights. A step along it with a '
                "learning rate of 0.01 replaces all that the layer has learned."
            )
            yield Found(
                self.NAME, severity, times, threshold, explanation, name, epoch, self._last(case, name, threshold)
            )

    @classmethod
    def _last(cls, case: Case, name: str, threshold: float) -> int | None:
        found = (row.epoch for row in reversed(case.rows) if (cls._times(row.signals, name) or 0) >= threshold)
        return next(found, case.first_epoch)

    @staticmethod
    def _times(signals: LayerSignals, name: str) -> float | None:
        """A layer's gradient beside its weights."""
        told = signals.get(name, {})
        gradient, weights = told.get("gradient_norm", math.nan), told.get("weight_norm", math.nan)
        return gradient / weights if math.isfinite(gradient) and math.isfinite(weights) and weights > 0 else None
