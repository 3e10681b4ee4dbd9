"""What a job may use."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from spec.language.declared import Section, rule
from spec.language.faults import fault_error, raise_faults
from spec.language.retired import Retired, called

MAX_GPUS = 8
"""The most GPUs a job may train on: those of one machine."""

Accelerator = Literal["any", "cpu", "gpu"]
"""Where a job may run."""


class ResourcesSpec(Section):
    """What a job can use, and for how long.

    Attributes:
        accelerator: Where the job can run. "any" takes whatever is free first.
        gpus: The number of GPUs of one machine that compute each step together. With more than one, the job never runs
            on a CPU, whatever the `accelerator`.
        priority: The job with the highest priority starts first, and of several the oldest.
        max_runtime_seconds: How long an attempt can take before the job fails with `timed_out`.
        max_attempts: How often the job is attempted if its worker is lost. The first attempt counts.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        "num_gpus": called("gpus"),
        "replicas": called("gpus"),
        "device": called("accelerator"),
        "timeout": called("max_runtime_seconds"),
        "timeout_seconds": called("max_runtime_seconds"),
        "retries": Retired(
            '"{name}" has a different name here, and the number includes the first attempt.', "max_attempts"
        ),
    }

    accelerator: Accelerator = "any"
    gpus: Annotated[int, Field(ge=1, le=MAX_GPUS)] = 1
    priority: Annotated[int, Field(ge=-100, le=100)] = 0
    max_runtime_seconds: Annotated[int, Field(ge=1, le=604_800)] = 86_400
    max_attempts: Annotated[int, Field(ge=1, le=10)] = 3

    @rule
    def _check_gpus(self) -> None:
        if self.gpus > 1 and self.accelerator == "cpu":
            sentence = f'A job on {self.gpus} GPUs cannot run on a CPU. Set `accelerator` to "gpu" or "any".'
            raise_faults([fault_error("gpus_on_cpu", sentence, at=("gpus",))])

    @property
    def runs_on(self) -> Accelerator:
        """Where it may run in truth: what takes several GPUs does not run on a CPU."""
        return "gpu" if self.gpus > 1 else self.accelerator
