"""Nadam."""

from coach.techniques.optimizers.exchanged_optimizer import ExchangedOptimizer
from spec.training import optimizers


class Nadam(ExchangedOptimizer):
    """Adam with Nesterov's trick."""

    NAME = "nadam"
    TITLE = "Nadam"
    PURPOSE = "Adam that measures the gradient slightly ahead, which often converges a little faster."
    SECTION = "Adam and Nadam Optimisation"
    SOURCE = "Dozat (2016), Incorporating Nesterov momentum into Adam"
    KIND = optimizers.Nadam
    GAIN = "fits the size of the step to each weight, and looks ahead in the direction of its momentum"
