"""Nesterov accelerated gradient."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.optimizers import TrainingReading
from coach.techniques.optimizers.momentum import MomentumParameters, why_not_sgd
from coach.techniques.technique import Technique
from spec.training.optimizers import SGD


class Nesterov(Technique[MomentumParameters]):
    """Momentum that looks ahead."""

    NAME = "nesterov"
    TITLE = "Nesterov accelerated gradient"
    PURPOSE = "The gradient is measured slightly ahead in the direction of the momentum, which brakes in time."
    SECTION = "Nestrov Accelerated Gradient"
    SOURCE = "Nesterov (1983), A method for solving the convex programming problem with convergence rate O(1/k^2)"
    PARAMETERS = MomentumParameters

    def move(self, job: CoachedJob, parameters: MomentumParameters) -> Move | NotApplicable:
        """For SGD; with a momentum where it has none."""
        training = TrainingReading(job)
        reason, optimizer = why_not_sgd(training), training.optimizer
        if reason is not None or not isinstance(optimizer, SGD):
            return NotApplicable(reason or "")
        if optimizer.nesterov and optimizer.momentum:
            return NotApplicable(f"SGD looks ahead already, with a momentum of {optimizer.momentum:g}.")
        draft = Draft(job)
        if not optimizer.momentum:
            draft.optimizer["momentum"] = parameters.momentum
        draft.optimizer["nesterov"] = True
        momentum = optimizer.momentum or parameters.momentum
        return draft.move(f"With a momentum of {momentum:g}, looking ahead makes each step slightly more accurate.")
