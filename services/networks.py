"""Reads a network and what it is for, and summarizes it."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, cast

from pydantic import Field

from services.errors import BodyFaulty
from spec.datasets.augmentation import cost_of
from spec.datasets.choice import DatasetField, DatasetSpec, dataset_of, inputs_in
from spec.datasets.facts import FactsOf
from spec.datasets.rules.finding import find_dataset
from spec.language.declared import Section
from spec.language.faults import Fault
from spec.language.sections import ReadSection, read_section
from spec.language.suggestions import bounded_suggestions
from spec.networks.inference import Inferred, InputShapes, infer_layers
from spec.networks.input_shapes import ShapeOrShapes, names_of
from spec.networks.memory import Demand, demand_of
from spec.networks.networks import NetworkSpec, parse_network
from spec.networks.summary import NetworkSummary, summarize
from spec.training.learning_rate_multipliers import multiplied_layers
from spec.training.phase_rules import frozen_layers
from spec.training.training import MAX_BATCH_SIZE, TrainingSpec
from spec.weights.beginning import find_beginning
from spec.weights.continuing import Continued
from spec.weights.copying import MappedLayers
from spec.weights.stored import WeightsOf, no_weights


class InspectBody(Section):
    """A network, the shape or the data set that it is for, and perhaps how it is to be trained."""

    network: NetworkSpec
    input_shape: ShapeOrShapes | None = Field(
        default=None,
        description="The shape of one row, without the batch; or of each of several inputs, by their names.",
    )
    dataset: DatasetField | None = Field(default=None, description="A data set, as in a job spec.")
    batch_size: Annotated[
        int,
        Field(
            ge=1,
            le=MAX_BATCH_SIZE,
            description="The batch size that memory is estimated for. By default, the one of `training`, or 32.",
        ),
    ] = 32
    training: TrainingSpec | None = Field(
        default=None,
        description="A training, as in a job spec. The summary then tells what its phases train, and which layers get "
        "the weights of its `initial_weights`.",
    )


@dataclass(frozen=True)
class _Subject:
    """What a network is for: the shape of a row, where that is known, and what is wrong with what was said."""

    shapes: InputShapes | None
    faults: list[Fault]


def inspect(body: object, facts_of: FactsOf, weights_of: WeightsOf = no_weights) -> NetworkSummary:
    """The summary of the network in a body.

    Args:
        body: The body as JSON gives it.
        facts_of: Finds a data set's facts.
        weights_of: Finds the facts of weights that a training can begin with.

    Raises:
        BodyFaulty: If anything is wrong with it; holds all faults.
    """
    if not isinstance(body, dict):
        raise BodyFaulty(
            [Fault(pointer="", message="The body must be an object with a `network`.", code="inspection_type")]
        )
    with bounded_suggestions():
        return _inspected(cast("dict[str, object]", body), facts_of, weights_of)


def _inspected(said: dict[str, object], facts_of: FactsOf, weights_of: WeightsOf) -> NetworkSummary:
    # The network is read apart, so that a fault elsewhere hides none of its own.
    stand_in = {"network": _sound_network()} if "network" in said else {}
    head = read_section(InspectBody, {**said, **stand_in}, at=())
    subject = _subject(head, [name for name in ("input_shape", "dataset") if said.get(name) is not None], facts_of)
    faults = [*head.faults, *subject.faults]
    if "network" not in said:
        raise BodyFaulty(faults)
    network = parse_network(said["network"], inputs_in(said) or names_of(said.get("input_shape")))
    within = list(network.faults)
    training: TrainingSpec | None = head.get("training")
    named = head.get("dataset")
    dataset = None if named is None else dataset_of(named)
    continued = Continued(training, network.network, dataset)
    beginning = find_beginning(training and training.initial_weights, weights_of, continued)
    faults += beginning.faults
    if subject.shapes is not None:
        inferred = infer_layers(network.layers, subject.shapes, network.wiring)
        within += inferred.faults
        copies = MappedLayers({}, []) if within else beginning.copies(inferred)
        faults += copies.faults
        if training is not None and not within:
            faults += _misnamed(training, inferred)
        if not within and not faults:
            batch_size = head.get("batch_size") if training is None or "batch_size" in said else training.batch_size
            demand = Demand(batch_size, 1, 0, augmentation=cost_of(dataset, inferred.inputs))
            if training is not None:
                demand = replace(demand_of(dict(training), inferred, dataset=dataset), batch_size=batch_size)
            phases = () if training is None else training.phases
            return summarize(inferred, **vars(demand), phases=phases, copied=copies.sources)
    faults += [fault.model_copy(update={"pointer": f"/network{fault.pointer}"}) for fault in within]
    raise BodyFaulty(faults)


def _misnamed(training: TrainingSpec, inferred: Inferred) -> list[Fault]:
    """Faults of the layers that a training names."""
    told = [
        *frozen_layers(training.phases, inferred),
        *multiplied_layers(training.learning_rate_multipliers, inferred),
    ]
    return [one for one in told if isinstance(one, Fault)]


def _subject(head: ReadSection[InspectBody], given: list[str], facts_of: FactsOf) -> _Subject:
    if len(given) != 1:
        message = "Give exactly one: `input_shape` or `dataset`."
        return _Subject(None, [Fault(pointer="/input_shape", message=message, code="either_or")])
    if given == ["input_shape"] or head.get("dataset") is None:
        return _Subject(head.get("input_shape"), [])
    said: str | DatasetSpec = head.get("dataset")
    found = find_dataset(said, facts_of)
    return _Subject(None if found.used is None else found.used.shapes, found.faults)


@cache
def _sound_network() -> NetworkSpec:
    return NetworkSpec.model_validate({"layers": [{"type": "Flatten"}]})
