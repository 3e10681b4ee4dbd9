"""A higher learning rate."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.techniques.optimizers.learning_rates import HigherRateParameters, rate_moved
from coach.techniques.technique import Technique


class RaiseLearningRate(Technique[HigherRateParameters]):
    """Longer steps."""

    NAME = "raise_learning_rate"
    TITLE = "A higher learning rate"
    PURPOSE = "Longer steps reach the minimum in fewer epochs, and do not get stuck on plateaus."
    SECTION = "Learning Rate Scheduling"
    SOURCE = "Bengio (2012), Practical recommendations for gradient-based training of deep architectures"
    PARAMETERS = HigherRateParameters

    def move(self, job: CoachedJob, parameters: HigherRateParameters) -> Move | NotApplicable:
        """The rate that was asked for, where the present one is lower."""
        return rate_moved(job, parameters.factor, is_lower=False)
