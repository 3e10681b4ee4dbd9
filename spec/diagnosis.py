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
    """

    title: str
    threshold: float
    unit: str
    least: float = 0.0
    most: float = 1e30


RULES: Mapping[str, RuleFacts] = {
    "diverged": RuleFacts("The loss is not a number any more", 1, "epochs whose loss is not finite", 1),
    "unscaled_inputs": RuleFacts("The inputs are not scaled", 10, "times the scale of standardized inputs"),
    "output_units_mismatch": RuleFacts("The output has the wrong number of units", 1, "units that are wrong"),
    "wrong_loss": RuleFacts("The loss does not fit the target", 1, "losses that do not fit", 1),
    "wrong_output_activation": RuleFacts(
        "The activation of the output does not fit the loss", 1, "activations that do not fit", 1
    ),
    "missing_nonlinearity": RuleFacts("Layers in a row without an activation between them", 1, "layers", 1),
    "poor_initialization": RuleFacts(
        "The first weights are too large or too small", 10, "times the deviation that layers should keep"
    ),
    "learning_rate_too_high": RuleFacts("The learning rate is too high", 0.1, "of a weight's size changed by a step"),
    "learning_rate_too_low": RuleFacts("The learning rate is too low", 1e-5, "of a weight's size changed by a step"),
    "too_much_dropout": RuleFacts("Too much dropout", 0.5, "of the units dropped", 0, 1),
    "too_much_regularization": RuleFacts("Too much regularization", 1, "times the loss of the targets"),
    "class_imbalance": RuleFacts("Some classes are rare, and are not learned", 10, "times as many rows"),
    "batch_too_large": RuleFacts("Too few steps in an epoch", 10, "steps"),
    "too_few_epochs": RuleFacts("The training ended before it had learned", 0.01, "of the loss per epoch"),
    "dead_units": RuleFacts("Units that are always zero", 0.5, "of the units of a layer", 0, 1),
    "saturated_activations": RuleFacts("Activations at their bounds", 0.5, "of the activations of a layer", 0, 1),
    "vanishing_gradients": RuleFacts("Gradients vanish on their way back", 1e-3, "of the last layer's gradient"),
    "exploding_gradients": RuleFacts(
        "Gradients explode on their way back", 100, "times the size of the layer's weights"
    ),
    "oscillating_loss": RuleFacts("The loss jumps up and down", 0.25, "of the epochs rise", 0, 1),
    "slow_convergence": RuleFacts("The network learns slowly", 0.05, "of the loss in a quarter of the epochs", 0, 1),
    "overfitting": RuleFacts("The network learns its rows by heart", 0.1, "of the score lost on rows held back"),
    "underfitting": RuleFacts("The network is too small for its task", 0.1, "of the score of a reference model"),
    "label_noise_or_leak": RuleFacts("Targets that are wrong, or known in advance", 0.02, "of the score"),
    "not_learning": RuleFacts("The network does not learn", 0.1, "of the way from guessing to a reference model"),
}
"""All rules, causes ahead of what they cause."""
