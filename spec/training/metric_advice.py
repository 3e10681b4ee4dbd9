"""Metrics whose numbers cannot be what was meant: one rule a function, each told of every metric that it fits.

Adding a rule is one function, and its name in `RULES`. What Keras computes in each case was measured with Keras 3.15.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from spec.language.faults import Advice, Location, pointer
from spec.language.sentences import quoted
from spec.metrics import Metric
from spec.metrics.accuracies import FScore
from spec.metrics.confusions import AUC
from spec.training.losses import CategoricalHinge, Hinge, Loss, SquaredHinge

HINGES = (Hinge, SquaredHinge, CategoricalHinge)
"""Losses that draw outputs to -1 and 1."""


@dataclass(frozen=True)
class Reported:
    """One metric before an output.

    Attributes:
        metric: What is computed.
        name: What the spec calls it.
        at: Where it stands.
        loss: What the network is trained by.
        units: How many numbers the output has.
        are_scores: Whether the output is logits, or scores around 0; no probabilities, as far as is known.
        classes: How many classes the target has; None for a number.
        dataset: The data set's name.
    """

    metric: Metric
    name: str
    at: Location
    loss: Loss
    units: int
    are_scores: bool
    classes: int | None
    dataset: str

    def advice(self, code: str, message: str, field: str | None = None) -> Advice:
        """An advice about the metric, at its field where it says it."""
        is_said = field is not None and field in self.metric.model_fields_set and self.name == self.metric.type
        return Advice(pointer=pointer((*self.at, field) if is_said and field else self.at), message=message, code=code)

    @property
    def called(self) -> str:
        """The metric, as a sentence names it."""
        return f"`{self.name}`" if self.name == self.metric.type else quoted(self.name)

    @property
    def squashing(self) -> str:
        """The activation that makes probabilities of such scores."""
        return "sigmoid" if self.loss.IS_BINARY or self.units == 1 else "softmax"


Rule = Callable[[Reported], Iterator[Advice]]


def classes_of_number(reported: Reported) -> Iterator[Advice]:
    """A metric that counts classes tells nothing of a number."""
    if reported.classes is None and reported.metric.IS_OF_CLASSES:
        sentence = (
            f'{reported.called} counts classes, but the target of "{reported.dataset}" is a number. '
            'Use "mae" or "r2_score".'
        )
        yield reported.advice("accuracy_of_number", sentence)


def score_without_threshold(reported: Reported) -> Iterator[Advice]:
    """Without a threshold an F score takes the greatest output for the class: of one unit, always that one."""
    metric = reported.metric
    if isinstance(metric, FScore) and metric.threshold is None and reported.units == 1:
        sentence = (
            f"Without a `threshold`, {reported.called} takes the unit with the largest output as the class. With a "
            "single "
            "unit, it counts every row as positive. Set `threshold` to 0.5."
        )
        yield reported.advice("score_without_threshold", sentence)


def top_k_of_all(reported: Reported) -> Iterator[Advice]:
    """The k greatest of at most k outputs are all of them."""
    choice = reported.metric.choice()
    if choice is not None and choice[1] >= reported.units:
        field, k = choice
        units = "the output has a single unit" if reported.units == 1 else f"the output has only {reported.units} units"
        largest = "largest output" if k == 1 else f"{k} largest outputs"
        sentence = f"{reported.called} looks at the {largest}, and {units}, so it counts every row as right."
        more = f" Use a smaller `{field}`." if reported.units > 1 else ' Use "accuracy".'
        yield reported.advice("top_k_of_all_classes", sentence + more, field)


def threshold_on_scores(reported: Reported) -> Iterator[Advice]:
    """Scores are told apart at 0; a threshold above it is meant for probabilities."""
    cut = reported.metric.cut()
    if not reported.are_scores or cut is None or cut[1] == 0:
        return
    field, threshold = cut
    if isinstance(reported.loss, HINGES):
        scores = f"`{reported.loss.type}` moves the outputs towards -1 and 1, and the boundary between them is 0"
    else:
        scores = "the outputs are logits, and the boundary between the classes is 0"
    sentence = f"{reported.called} counts an output above {threshold:g} as positive, but {scores}."
    ends = f'nd the network with "{reported.squashing}", and leave `from_logits` out'
    if isinstance(reported.metric, FScore):
        way = f"Its `threshold` cannot be 0, so e{ends}."
    elif isinstance(reported.loss, CategoricalHinge):
        way = 'Use a metric that compares the outputs with each other, such as "categorical_accuracy".'
    elif reported.squashing == "softmax" and not isinstance(reported.loss, HINGES):
        way = f"E{ends}, or use a metric that compares the outputs with each other."
    else:
        way = f'Write {{"type": "{reported.metric.type}", "{field}": 0}}.'
    yield reported.advice("threshold_on_scores", f"{sentence} {way}", field)


def curve_of_scores(reported: Reported) -> Iterator[Advice]:
    """Thresholds of a curve lie between 0 and 1: beyond that all scores look alike."""
    if not reported.are_scores or not reported.metric.has_curve_of_fractions():
        return
    sentence = f"{reported.called} tries thresholds between 0 and 1, but the outputs can be any number."
    if isinstance(reported.metric, AUC):
        way = 'Write {"type": "AUC", "from_logits": true}.'
    else:
        way = f'End the network with "{reported.squashing}" and leave `from_logits` out.'
    yield reported.advice("curve_of_scores", f"{sentence} {way}", "from_logits")


RULES: tuple[Rule, ...] = (
    classes_of_number,
    score_without_threshold,
    top_k_of_all,
    threshold_on_scores,
    curve_of_scores,
)
"""Every rule, in the order of telling."""


def advise_on(reported: Reported) -> Iterator[Advice]:
    """What the rules say of a metric; of a number's, only that it is none of its kind."""
    for rule in RULES[:1] if reported.classes is None else RULES:
        yield from rule(reported)
