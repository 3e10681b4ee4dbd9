"""The illnesses of networks, one file each: how each shows, and what helps against it."""

from coach.rules.diverged import Diverged
from coach.rules.missing_nonlinearity import MissingNonlinearity
from coach.rules.output_units_mismatch import OutputUnitsMismatch
from coach.rules.poor_initialization import PoorInitialization
from coach.rules.rule import Rule
from coach.rules.unscaled_inputs import UnscaledInputs
from coach.rules.wrong_loss import WrongLoss
from coach.rules.wrong_output_activation import WrongOutputActivation

ALL: tuple[Rule, ...] = (
    Diverged(),
    UnscaledInputs(),
    OutputUnitsMismatch(),
    WrongLoss(),
    WrongOutputActivation(),
    MissingNonlinearity(),
    PoorInitialization(),
)
"""One for each name of `spec.diagnosis.RULES`, in that order."""
