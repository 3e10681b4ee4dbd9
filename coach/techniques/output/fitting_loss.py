"""A loss that fits the target."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.outputs import OutputReading
from coach.techniques.output.output_edits import NO_WIDTH, activate, can_resize, resize
from coach.techniques.technique import NoParameters, Technique
from spec.language.sentences import quoted
from spec.training.losses import named_loss


class FittingLoss(Technique[NoParameters]):
    """Cross-entropy for classes, a distance for numbers."""

    NAME = "fitting_loss"
    TITLE = "A loss that fits the target"
    PURPOSE = "The loss measures what the target is: how probable the right class is, or how far off a number is."
    SECTION = None
    SOURCE = "Golik, Doetsch and Ney (2013), Cross-entropy vs. squared error training"
    PARAMETERS = NoParameters

    def move(self, job: CoachedJob, parameters: NoParameters) -> Move | NotApplicable:
        """With the activation and the units that the loss needs."""
        del parameters
        output = OutputReading(job)
        if output.is_loss_fitting:
            return NotApplicable(f"The loss, {_called(output)}, fits the target.")
        kernel, wanted = output.kernel, output.fitting_loss
        activation = output.fitting_activation(named_loss(wanted))
        is_resized = output.units != output.fitting_units
        if (activation or is_resized) and kernel is None:
            return NotApplicable(
                "The output is not made by a layer whose activation and units could be changed with it."
            )
        if is_resized and not can_resize(kernel):
            return NotApplicable(NO_WIDTH)
        draft = Draft(job)
        draft.training["loss"] = wanted
        if kernel is not None and activation:
            activate(draft, output, activation)
        if kernel is not None and is_resized:
            resize(draft, kernel, output.fitting_units)
        return draft.move(f"The target is {output.target}, and {_called(output)} measures something else.")


def _called(output: OutputReading) -> str:
    return quoted(output.loss.type)
