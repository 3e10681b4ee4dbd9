"""An activation of the output that fits."""

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.outputs import LINEAR, OutputReading
from coach.techniques.output.output_edits import NO_KERNEL, activate
from coach.techniques.technique import NoParameters, Technique
from spec.language.sentences import quoted
from spec.training.output_rules import PROBABILITIES


class OutputActivation(Technique[NoParameters]):
    """Probabilities for classes, any number for numbers."""

    NAME = "output_activation"
    TITLE = "An activation of the output that fits"
    PURPOSE = "The output can be what the loss takes it for: shares of classes, yes or no for labels, or any number."
    SECTION = None
    SOURCE = "Goodfellow, Bengio and Courville (2016), Deep learning, section 6.2.2"
    PARAMETERS = NoParameters

    def move(self, job: CoachedJob, parameters: NoParameters) -> Move | NotApplicable:
        """For the present loss."""
        del parameters
        output = OutputReading(job)
        if output.kernel is None:
            return NotApplicable(NO_KERNEL)
        now = output.activation
        if output.loss.has_logits and now in PROBABILITIES:
            return self._without_logits(job, output)
        wanted = output.fitting_activation(output.loss)
        if wanted is None:
            return NotApplicable(f"The activation of the output, {quoted(now)}, can be right for this loss.")
        draft = Draft(job)
        activate(draft, output, wanted)
        what = "no activation" if wanted == LINEAR else quoted(wanted)
        return draft.move(f"The target is {output.target}, so the output needs {what} rather than {quoted(now)}.")

    def _without_logits(self, job: CoachedJob, output: OutputReading) -> Move | NotApplicable:
        """The loss reads probabilities, and the output gives those that it reads."""
        draft = Draft(job)
        del draft.loss["from_logits"]
        wanted = output.fitting_activation(output.loss.model_copy(update={"from_logits": False}))
        if wanted is not None:
            activate(draft, output, wanted)
        now = quoted(output.activation)
        return draft.move(f"The output ends with {now}, whose values are probabilities, and the loss reads logits.")
