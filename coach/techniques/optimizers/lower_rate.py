"""A lower learning rate."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.techniques.optimizers.learning_rates import LowerRateParameters, rate_moved
from coach.techniques.technique import Technique


class LowerLearningRate(Technique[LowerRateParameters]):
    """Shorter steps."""

    NAME = "lower_learning_rate"
    TITLE = "A lower learning rate"
    PURPOSE = "Shorter steps do not jump over the minimum, and do not throw the weights away."
    SECTION = "Learning Rate Scheduling"
    SOURCE = "Bengio (2012), Practical recommendations for gradient-based training of deep architectures"
    PARAMETERS = LowerRateParameters

    def move(self, job: CoachedJob, parameters: LowerRateParameters) -> Move | NotApplicable:
        """The rate that was asked for, where the present one is higher."""
        return rate_moved(job, parameters.factor, is_lower=True)
