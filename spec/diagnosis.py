"""What can go wrong with a training, by name: what a job may say of each rule, and what a finding of it tells.

`coach.rules` has a rule for each of these names; here is what the language must know of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning", "hint"]
"""How sure and how bad: an error explains a poor result, a warning may, a hint is worth a look and never an alarm."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "hint")
"""From the gravest on."""


@dataclass(frozen=True)
class RuleFacts:
    """What the language knows of a rule.

    Attributes:
        title: The illness in a few words, as a heading.
        threshold: With which what was measured is compared, unless a job says another.
        unit: Of the threshold and of what was measured.
        least: The smallest threshold that can be said.
        most: The largest.
        finds: On which side of the threshold what was measured lies where the rule finds something.
    """

    title: str
    threshold: float
    unit: str
    least: float = 0.0
    most: float = 1e30
    finds: Literal["above", "below"] = "above"


RULES: Mapping[str, RuleFacts] = {
    "diverged": RuleFacts("The loss is not a number any more", 1, "epochs whose loss is not finite", 1),
    "unscaled_inputs": RuleFacts(
        "The inputs are not scaled", 10, "times larger or smaller than standardized inputs", 1
    ),
    "output_units_mismatch": RuleFacts("The output has the wrong number of units", 1, "units too many or too few", 1),
    "wrong_loss": RuleFacts("The loss does not fit the target", 1, "losses that do not fit", 1),
    "wrong_output_activation": RuleFacts(
        "The activation of the output does not fit the loss", 1, "activations that do not fit", 1
    ),
    "missing_nonlinearity": RuleFacts(
        "Layers in a row without an activation between them", 1, "hidden layers without an activation", 1
    ),
    "poor_initialization": RuleFacts(
        "The first weights are too large, too small, or all the same",
        10,
        "times larger or smaller than what keeps the scale of numbers",
        1,
    ),
    "learning_rate_too_high": RuleFacts("The learning rate is too high", 0.1, "of a weight's size changed by a step"),
    "learning_rate_too_low": RuleFacts(
        "The learning rate is too low", 0.5, "of a weight's size, if all steps led the same way", finds="below"
    ),
    "too_much_dropout": RuleFacts("Too much dropout", 0.5, "of the units dropped", 0, 1),
    "too_much_regularization": RuleFacts("Too much regularization", 1, "times the loss of the targets"),
    "class_imbalance": RuleFacts(
        "Some classes are rare, and are not learned",
        10,
        "times as many rows of the commonest class as of the rarest",
        1,
    ),
    "batch_too_large": RuleFacts("Too few steps in an epoch", 10, "steps in an epoch", finds="below"),
    "too_few_epochs": RuleFacts(
        "The training ended before it had learned", 0.01, "of the loss per epoch, or per twentieth of all epochs"
    ),
    "dead_units": RuleFacts("Units that are always zero", 0.5, "of the units of a layer", 0, 1),
    "saturated_activations": RuleFacts("Activations at their bounds", 0.5, "of the activations of a layer", 0, 1),
    "vanishing_gradients": RuleFacts(
        "Gradients vanish on their way back", 1e-3, "of the last layer's gradient", finds="below"
    ),
    "exploding_gradients": RuleFacts(
        "Gradients explode on their way back", 100, "times the size of the layer's weights"
    ),
    "oscillating_loss": RuleFacts("The loss jumps up and down", 0.25, "of the epochs in which the loss rises", 0, 1),
    "slow_convergence": RuleFacts(
        "The network learns slowly", 0.05, "of the loss in a quarter of the epochs", 0, 1, "below"
    ),
    "overfitting": RuleFacts(
        "The network learns its rows by heart",
        0.1,
        "of the way from guessing to the best that is known, lost on rows held back",
    ),
    "underfitting": RuleFacts(
        "The network is too small for its task", 0.1, "of the way from guessing to the best that is known, still to go"
    ),
    "label_noise_or_leak": RuleFacts(
        "Targets that are wrong, or known in advance", 0.02, "of the score below a perfect one", finds="below"
    ),
    "not_learning": RuleFacts(
        "The network does not learn", 0.85, "of the way from guessing to the best that is known", 0, 1, "below"
    ),
}
"""All rules, causes ahead of what they cause."""
