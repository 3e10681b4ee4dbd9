"""The illnesses of networks, one file each: how each shows, and what helps against it."""

from coach.rules.curves.diverged import Diverged
from coach.rules.curves.label_noise_or_leak import LabelNoiseOrLeak
from coach.rules.curves.not_learning import NotLearning
from coach.rules.curves.oscillating_loss import OscillatingLoss
from coach.rules.curves.overfitting import Overfitting
from coach.rules.curves.slow_convergence import SlowConvergence
from coach.rules.curves.underfitting import Underfitting
from coach.rules.layers.dead_units import DeadUnits
from coach.rules.layers.exploding_gradients import ExplodingGradients
from coach.rules.layers.saturated_activations import SaturatedActivations
from coach.rules.layers.vanishing_gradients import VanishingGradients
from coach.rules.rule import Rule
from coach.rules.setup.class_imbalance import ClassImbalance
from coach.rules.setup.missing_nonlinearity import MissingNonlinearity
from coach.rules.setup.output_units_mismatch import OutputUnitsMismatch
from coach.rules.setup.poor_initialization import PoorInitialization
from coach.rules.setup.unscaled_inputs import UnscaledInputs
from coach.rules.setup.wrong_loss import WrongLoss
from coach.rules.setup.wrong_output_activation import WrongOutputActivation
from coach.rules.training.batch_too_large import BatchTooLarge
from coach.rules.training.learning_rate_too_high import LearningRateTooHigh
from coach.rules.training.learning_rate_too_low import LearningRateTooLow
from coach.rules.training.too_few_epochs import TooFewEpochs
from coach.rules.training.too_much_dropout import TooMuchDropout
from coach.rules.training.too_much_regularization import TooMuchRegularization

ALL: tuple[Rule, ...] = (
    Diverged(),
    UnscaledInputs(),
    OutputUnitsMismatch(),
    WrongLoss(),
    WrongOutputActivation(),
    MissingNonlinearity(),
    PoorInitialization(),
    LearningRateTooHigh(),
    LearningRateTooLow(),
    TooMuchDropout(),
    TooMuchRegularization(),
    ClassImbalance(),
    BatchTooLarge(),
    TooFewEpochs(),
    DeadUnits(),
    SaturatedActivations(),
    VanishingGradients(),
    ExplodingGradients(),
    OscillatingLoss(),
    SlowConvergence(),
    Overfitting(),
    Underfitting(),
    LabelNoiseOrLeak(),
    NotLearning(),
)
"""One for each name of `spec.diagnosis.RULES`, in that order."""
