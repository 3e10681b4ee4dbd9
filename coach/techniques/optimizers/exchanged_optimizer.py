"""How a job gets another optimizer that keeps what does not belong to the former one."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from coach.coached_job import CoachedJob
from coach.outcomes import Move, NotApplicable
from coach.reading.draft import Draft
from coach.reading.optimizers import TrainingReading, highest, multiplied
from coach.techniques.technique import Technique
from spec.language.declared import Section
from spec.training.optimizers import Optimizer

OWN_RATE = "All phases of this training have an optimizer of their own. Change those."
_KEPT = (
    "weight_decay",
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "use_ema",
    "ema_momentum",
    "ema_overwrite_frequency",
    "loss_scale_factor",
    "gradient_accumulation_steps",
    "exclude_from_weight_decay",
)
"""Arguments that all optimizers have."""
_MIRRORING = ("max_momentum", "min_momentum")


class RateParameters(Section):
    """Of an optimizer.

    Attributes:
        learning_rate: The learning rate; of a schedule, the highest one.
    """

    learning_rate: Annotated[float, Field(gt=0, le=1000)] = 0.001


class ExchangedOptimizer(Technique[RateParameters]):
    """Base of the techniques that are an optimizer.

    Class attributes:
        KIND: The optimizer.
        LIKE: Optimizers that are this one with something more.
        GAIN: What the optimizer does, as the rest of a sentence after its name.
    """

    KIND: ClassVar[type[Optimizer]]
    LIKE: ClassVar[tuple[type[Optimizer], ...]] = ()
    GAIN: ClassVar[str]
    PARAMETERS = RateParameters

    def move(self, job: CoachedJob, parameters: RateParameters) -> Move | NotApplicable:
        """The optimizer of the training, with the schedule of the former one."""
        training = TrainingReading(job)
        former = training.optimizer
        if not training.is_optimizer_used:
            return NotApplicable(OWN_RATE)
        if isinstance(former, (self.KIND, *self.LIKE)):
            return NotApplicable(f"The training has {former.type} already.")
        draft = Draft(job)
        said = draft.optimizer
        kept = {name: said[name] for name in _KEPT if said.get(name) is not None}
        if "weight_decay" not in kept:
            kept.pop("exclude_from_weight_decay", None)
        rate: dict[str, Any] = {}
        if former.schedule is not None:
            scaled = multiplied(said["learning_rate"], parameters.learning_rate / (highest(former.schedule) or 1))
            rate = {"learning_rate": self._without_momentum(scaled)}
        elif parameters.learning_rate != self.KIND.model_fields["learning_rate"].default or _says_rate(job):
            rate = {"learning_rate": parameters.learning_rate}
        draft.training["optimizer"] = {"type": self.KIND.__name__, **rate, **kept}
        return draft.move(f"{self.KIND.__name__} {self.GAIN}; here it takes over from {former.type}.")

    def _without_momentum(self, rate: Any) -> Any:  # noqa: ANN401 -- a number or an object
        """A schedule that moves a momentum only where the optimizer has one without being told."""
        if self.KIND.MOMENTUM == "beta_1":
            return rate
        return {name: said for name, said in rate.items() if name not in _MIRRORING}


def _says_rate(job: CoachedJob) -> bool:
    """Whether the spec says the learning rate."""
    said = job.said["training"].get("optimizer")
    return isinstance(said, dict) and "learning_rate" in said
