"""A job: a data set, a network, a training, what it may use, and what its owner wants to remember."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from spec.coach import CoachSpec
from spec.datasets.choice import DatasetField, inputs_in
from spec.language.declared import Section
from spec.language.lists import AtMost
from spec.language.retired import Retired, called
from spec.networks.networks import NetworkSpec, parse_network
from spec.resources import ResourcesSpec
from spec.training.training import TrainingSpec

MAX_PAIRS = 16
"""The most pairs of metadata a job may have."""

Name = Annotated[str, Field(min_length=1, max_length=200)]
MetadataKey = Annotated[str, Field(min_length=1, max_length=64)]
MetadataValue = Annotated[str, Field(max_length=512)]


class JobSpec(Section):
    """A job: a data set, a network, and how to train it.

    Attributes:
        name: A name for people to read. It does not have to be unique.
        dataset: The data set, by its name or as an object.
        network: The layers of the network. The last one is the output.
        training: How the network is trained.
        resources: What the job can use, and for how long.
        coach: What is measured inside the training.
        metadata: Your own pairs of keys and values, by which jobs can be found.
    """

    RETIRED: ClassVar[Mapping[str, Retired]] = {
        "data": called("dataset"),
        "model": called("network"),
        "layers": Retired('Layers are part of the network, as in {"layers": […]}.', "network"),
        **{
            name: Retired(f"This is set one level deeper, at /{section}/{name}.", section)
            for section, fields in {"training": TrainingSpec, "resources": ResourcesSpec}.items()
            for name in fields.model_fields
        },
        "tags": Retired('"{name}" has a different name here, and holds pairs of a key and a value.', "metadata"),
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

    @model_validator(mode="before")
    @classmethod
    def _read_network(cls, value: Any) -> Any:  # noqa: ANN401 - whatever was sent
        """Layers read the inputs that the data set gives the network, and only the job knows both."""
        inputs = inputs_in(value)
        if not inputs or isinstance(value.get("network"), NetworkSpec | None):
            return value
        network = parse_network(value["network"], inputs).network
        return value if network is None else {**value, "network": network}
