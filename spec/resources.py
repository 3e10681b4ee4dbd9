"""What a job may use."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from spec.declared import Section

Accelerator = Literal["any", "cpu", "gpu"]
"""Where a job may run."""


class ResourcesSpec(Section):
    """What a job may use.

    Attributes:
        accelerator: Where it may run; "any" takes what is free first.
        priority: -100 to 100; of the jobs that wait, the greatest comes first, then the oldest.
        max_runtime_seconds: How long an attempt may take before it fails as timed out.
        max_attempts: How often the job is tried when a worker is lost under it.
    """

    RETIRED: ClassVar[Mapping[str, str]] = {
        "device": "`accelerator` is what this is called here",
        "timeout": "`max_runtime_seconds` is what this is called here",
        "timeout_seconds": "`max_runtime_seconds` is what this is called here",
        "retries": "`max_attempts` is what this is called here; it counts the first one, too",
    }

    accelerator: Accelerator = "any"
    priority: Annotated[int, Field(ge=-100, le=100)] = 0
    max_runtime_seconds: Annotated[int, Field(ge=1, le=604_800)] = 86_400
    max_attempts: Annotated[int, Field(ge=1, le=10)] = 3
