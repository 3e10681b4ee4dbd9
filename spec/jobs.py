"""A job: a data set, a network, a training, what it may use, and what its owner wants to remember."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from spec.coach import CoachSpec
from spec.datasets import DatasetField
from spec.declared import Section
from spec.lists import AtMost
from spec.networks import NetworkSpec
from spec.resources import ResourcesSpec
from spec.training import TrainingSpec

MAX_PAIRS = 16
"""The most pairs of metadata a job may have."""

Name = Annotated[str, Field(min_length=1, max_length=200)]
MetadataKey = Annotated[str, Field(min_length=1, max_length=64)]
MetadataValue = Annotated[str, Field(max_length=512)]


class JobSpec(Section):
    """A job as it is sent. ``spec.check.check_job`` checks what its parts must agree on.

    Attributes:
        name: For people.
        dataset: By its name, or as an object.
        network: Layers, the last of which is the output.
        training: How the network is trained.
        resources: What the job may use.
        coach: What is measured inside the training.
        metadata: The owner's own pairs, to find jobs by.
    """

    RETIRED: ClassVar[Mapping[str, str]] = {
        "data": "`dataset` is what this is called here",
        "model": "`network` is what this is called here",
        "layers": '`network` is where layers belong: `{"layers": […]}`',
        **{name: f"`training` is where this belongs: /training/{name}" for name in TrainingSpec.model_fields},
        **{name: f"`resources` is where this belongs: /resources/{name}" for name in ResourcesSpec.model_fields},
        "tags": "`metadata` is what this is called here; it holds pairs",
    }

    NOT_OFFERED: ClassVar[Mapping[str, str]] = TrainingSpec.NOT_OFFERED

    name: Name | None = None
    dataset: DatasetField
    network: NetworkSpec
    training: TrainingSpec
    resources: ResourcesSpec = ResourcesSpec()
    coach: CoachSpec = CoachSpec()
    metadata: Annotated[dict[MetadataKey, MetadataValue], AtMost(MAX_PAIRS, "pairs")] = Field(
        default_factory=dict[str, str]
    )
