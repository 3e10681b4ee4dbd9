"""Adam."""

from coach.techniques.optimizers.exchanged_optimizer import ExchangedOptimizer
from spec.training import optimizers


class Adam(ExchangedOptimizer):
    """Moving averages of the gradient and of its square."""

    NAME = "adam"
    TITLE = "Adam"
    PURPOSE = "Each weight gets a step of its own size, from the averages of its gradient and of the gradient's square."
    SECTION = "Adam and Nadam Optimisation"
    SOURCE = "Kingma and Ba (2015), Adam: a method for stochastic optimization"
    KIND = optimizers.Adam
    LIKE = (optimizers.AdamW,)
    GAIN = "fits the size of the step to each weight, so it depends less on the learning rate"
