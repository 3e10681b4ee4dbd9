"""RMSProp."""

from coach.techniques.optimizers.exchanged_optimizer import ExchangedOptimizer
from spec.training import optimizers


class RmsProp(ExchangedOptimizer):
    """Gradients divided by the root of their recent mean square."""

    NAME = "rmsprop"
    TITLE = "RMSProp"
    PURPOSE = "Steps are divided by the size of recent gradients, so steep directions take small steps."
    SECTION = "RMSProp"
    SOURCE = "Tieleman and Hinton (2012), Lecture 6.5: rmsprop"
    KIND = optimizers.RMSprop
    GAIN = "divides each step by the size of the recent gradients"
