"""Amazon SageMaker Debugger's built-in rules with their default thresholds, on the signals of a job.

Source: the list of Debugger's built-in rules in the SageMaker developer guide. It looks at single tensors every so many
steps; here an epoch stands for a look, and a layer's signals stand for its tensors. TensorVariance has no defaults, and
the rules that profile the machine do not look at the network. Whatever fires is an alarm: Debugger knows no severity.
SaturatedActivation is about hidden layers here: the output of a classifier that is sure is saturated, and well.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from bench.diagnosis.evaluation import Said
from bench.diagnosis.lines import Line
from coach.coached_job import CoachedJob
from coach.evidence import Evidence, LayerSignals

VANISHING_MEAN = 1e-7
DEAD_SHARE = SATURATED_SHARE = 0.5
VARIANCE_RATIO = 10
LARGE_UPDATE, SMALL_UPDATE = 10, 1e-8
CLASS_RATIO = 10
LOSS_FALLS = 0.001
LOSS_PATIENCE = 10
OVERFIT_RATIO = 0.1
OVERTRAINING_PATIENCE, OVERTRAINING_DELTA = 10, 0.01
UNCHANGED_LOOKS, UNCHANGED_RELATIVE, UNCHANGED_ABSOLUTE = 3, 1e-5, 1e-8
INPUT_MEAN = 0.2


def debugger(line: Line) -> Sequence[Said] | None:
    """What Debugger's rules would say of a job; None of one that never trained."""
    if line.refusal is not None:
        return None
    evidence = line.evidence
    found = [*_of_start(evidence), *_of_epochs(evidence), *_of_losses(evidence)]
    return [Said(rule, "error") for rule in dict.fromkeys(found)]


def _of_start(evidence: Evidence) -> Iterator[str]:
    """PoorWeightInitialization, ClassImbalance and CheckInputImages: what is seen before the first step."""
    start = evidence.start
    if start is None:
        return
    variances = [
        start.signals[name]["weight_norm"] ** 2 / count
        for name, count in _parameters(evidence.job).items()
        if "weight_norm" in start.signals.get(name, {})
    ]
    if variances and max(variances) > VARIANCE_RATIO * min(variances):
        yield "poor_initialization"
    if start.class_rows and max(start.class_rows) > CLASS_RATIO * max(min(start.class_rows), 1):
        yield "class_imbalance"
    shapes = evidence.job.inferred.inputs
    if any(abs(seen.mean) > INPUT_MEAN for name, seen in start.inputs.items() if len(shapes.get(name, ())) > 1):
        yield "unscaled_inputs"


def _of_epochs(evidence: Evidence) -> Iterator[str]:
    parameters, output = _parameters(evidence.job), evidence.job.inferred.wiring.names[-1]
    for one in evidence.epochs:
        yield from _exploding(one.metrics, one.signals)
        for layer, signals in one.signals.items():
            norm, count = signals.get("gradient_norm"), parameters.get(layer, 0)
            # The mean of absolute values is at most the root mean square.
            if norm is not None and count and norm / math.sqrt(count) < VANISHING_MEAN:
                yield "vanishing_gradients"
            if signals.get("dead_fraction", 0) > DEAD_SHARE:
                yield "dead_units"
            if layer != output and signals.get("saturated_fraction", 0) > SATURATED_SHARE:
                yield "saturated_activations"
            ratio = signals.get("update_ratio")
            if ratio is not None and ratio > LARGE_UPDATE:
                yield "learning_rate_too_high"
            if ratio is not None and ratio < SMALL_UPDATE:
                yield "learning_rate_too_low"
            if signals.get("activation_mean") == 0 == signals.get("activation_deviation"):
                yield "dead_units"  # AllZero
    yield from _unchanged(evidence)


def _exploding(metrics: Mapping[str, float], signals: LayerSignals) -> Iterator[str]:
    """ExplodingTensor: anything that is not finite."""
    are_finite = all(map(math.isfinite, metrics.values()))
    if not are_finite or any(one.get("non_finite", 0) > 0 for one in signals.values()):
        yield "exploding_gradients"


def _unchanged(evidence: Evidence) -> Iterator[str]:
    """UnchangedTensor: the same norm of a layer's weights at several looks in a row."""
    for layer in evidence.epochs[0].signals if evidence.epochs else ():
        norms = [value for _, value in evidence.signal(layer, "weight_norm")]
        same = [abs(b - a) <= UNCHANGED_ABSOLUTE + UNCHANGED_RELATIVE * abs(a) for a, b in pairwise(norms)]
        looks = UNCHANGED_LOOKS - 1
        if any(all(same[at : at + looks]) for at in range(len(same) - looks + 1)):
            yield "not_learning"


def _of_losses(evidence: Evidence) -> Iterator[str]:
    """LossNotDecreasing, Overfit and Overtraining."""
    losses, held_back = evidence.curve("loss"), evidence.curve("val_loss")
    falls = [b < a * (1 - LOSS_FALLS) for a, b in pairwise(losses)]
    if any(not any(falls[at : at + LOSS_PATIENCE]) for at in range(len(falls) - LOSS_PATIENCE + 1)):
        yield "not_learning"
    if any(b > 0 and (a - b) / b > OVERFIT_RATIO for b, a in zip(losses, held_back, strict=False)):
        yield "overfitting"
    best, since = math.inf, 0
    for value in held_back:
        best, since = (value, 0) if value < best - OVERTRAINING_DELTA else (best, since + 1)
        if since >= OVERTRAINING_PATIENCE:
            yield "overfitting"
            return


def _parameters(job: CoachedJob) -> dict[str, int]:
    """How many trainable numbers each layer has."""
    return {
        name: sum(one.parameters for one in geometry.variables if one.is_trainable)
        for name, geometry in zip(job.inferred.wiring.names, job.inferred.geometries, strict=True)
        if name is not None and geometry is not None and geometry.variables
    }
