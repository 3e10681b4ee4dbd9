"""As many units at the output as the target needs."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.outputs import OutputReading
from coach.techniques.output.output_edits import NO_WIDTH, activate, can_resize, resize
from coach.techniques.technique import NoParameters, Technique
from spec.language.sentences import counted
from spec.training.losses import named_loss


class OutputUnits(Technique[NoParameters]):
    """A unit for each class."""

    NAME = "output_units"
    TITLE = "As many units as classes"
    PURPOSE = "Each class has a unit of its own, and no unit stands for a class that there is not."
    SECTION = None
    SOURCE = "Goodfellow, Bengio and Courville (2016), Deep learning, section 6.2.2"
    PARAMETERS = NoParameters

    def move(self, job: CoachedJob, parameters: NoParameters) -> Move | NotApplicable:
        """With the loss and the activation that they need, where classes were learned as numbers."""
        del parameters
        output = OutputReading(job)
        kernel, wanted = output.kernel, output.fitting_units
        if output.units == wanted:
            return NotApplicable(f"The output has {counted(wanted, 'unit')}, as many as the target needs.")
        if kernel is None or not can_resize(kernel):
            return NotApplicable(NO_WIDTH)
        draft = Draft(job)
        resize(draft, kernel, wanted)
        if not output.is_loss_fitting:
            loss = output.fitting_loss
            draft.training["loss"] = loss
            activation = output.fitting_activation(named_loss(loss))
            if activation:
                activate(draft, output, activation)
        return draft.move(f"The target needs {counted(wanted, 'unit')}, and the output has {output.units:,}.")
