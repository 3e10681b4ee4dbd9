"""Reads a network and what it is for, and summarizes it."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, cast

from pydantic import Field

from services.errors import BodyFaulty
from spec.check import unknown_dataset
from spec.datasets.choice import DatasetField, DatasetSpec, dataset_of, facts_for
from spec.datasets.facts import FactsOf
from spec.language.declared import Section
from spec.language.faults import Fault
from spec.language.sections import ReadSection, read_section
from spec.language.suggestions import bounded_suggestions
from spec.layers import Shape
from spec.networks.inference import InputShape, infer_layers
from spec.networks.networks import NetworkSpec, parse_network
from spec.networks.summary import NetworkSummary, summarize
from spec.training.rules import columns
from spec.training.training import MAX_BATCH_SIZE


class InspectBody(Section):
    """A network, and the shape or the data set that it is for."""

    network: NetworkSpec
    input_shape: InputShape | None = Field(default=None, description="The shape of one row, without the batch.")
    dataset: DatasetField | None = Field(default=None, description="A data set, as in a job spec.")
    batch_size: Annotated[
        int, Field(ge=1, le=MAX_BATCH_SIZE, description="The batch size that memory is estimated for.")
    ] = 32


@dataclass(frozen=True)
class _Subject:
    """What a network is for: the shape of a row, where that is known, and what is wrong with what was said."""

    shape: Shape | None
    faults: list[Fault]


def inspect(body: object, facts_of: FactsOf) -> NetworkSummary:
    """The summary of the network in a body.

    Args:
        body: The body as JSON gives it.
        facts_of: Finds a data set's facts.

    Raises:
        BodyFaulty: If anything is wrong with it; holds all faults.
    """
    if not isinstance(body, dict):
        raise BodyFaulty(
            [Fault(pointer="", message="The body must be an object with a `network`.", code="inspection_type")]
        )
    with bounded_suggestions():
        return _inspected(cast("dict[str, object]", body), facts_of)


def _inspected(said: dict[str, object], facts_of: FactsOf) -> NetworkSummary:
    # The network is read apart, so that a fault elsewhere hides none of its own.
    stand_in = {"network": _sound_network()} if "network" in said else {}
    head = read_section(InspectBody, {**said, **stand_in}, at=())
    subject = _subject(head, [name for name in ("input_shape", "dataset") if said.get(name) is not None], facts_of)
    faults = [*head.faults, *subject.faults]
    if "network" not in said:
        raise BodyFaulty(faults)
    network = parse_network(said["network"])
    within = list(network.faults)
    if subject.shape is not None:
        inferred = infer_layers(network.layers, subject.shape, network.wiring)
        within += inferred.faults
        if not within and not faults:
            return summarize(inferred, batch_size=head.get("batch_size"))
    faults += [fault.model_copy(update={"pointer": f"/network{fault.pointer}"}) for fault in within]
    raise BodyFaulty(faults)


def _subject(head: ReadSection[InspectBody], given: list[str], facts_of: FactsOf) -> _Subject:
    if len(given) != 1:
        message = "Give exactly one: `input_shape` or `dataset`."
        return _Subject(None, [Fault(pointer="/input_shape", message=message, code="either_or")])
    if given == ["input_shape"] or head.get("dataset") is None:
        return _Subject(head.get("input_shape"), [])
    said: str | DatasetSpec = head.get("dataset")
    dataset = dataset_of(said)
    facts = facts_of(dataset.name)
    if facts is None:
        place = "/dataset" if isinstance(said, str) else "/dataset/name"
        return _Subject(None, [unknown_dataset(dataset.name, place, facts_of)])
    faults = list(columns(dataset, facts))
    return _Subject(None if faults else facts_for(dataset, facts).input_shape, faults)


@cache
def _sound_network() -> NetworkSpec:
    return NetworkSpec.model_validate({"layers": [{"type": "Flatten"}]})
