"""Whether a job fits into the memory that a job may have, by estimate."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spec.coach import CoachSpec
from spec.datasets.augmentation import NO_COST, Cost, cost_of
from spec.datasets.choice import DatasetSpec
from spec.datasets.facts import DatasetFacts
from spec.language.faults import Fault, pointer
from spec.metrics import numbers_of
from spec.networks.inference import Inferred, place_of
from spec.networks.summary import BYTES_OF_A_NUMBER, NetworkSummary, estimate_memory, summarize
from spec.signals import probe_rows
from spec.training.optimizers import optimizer_of
from spec.training.output_rules import UNIT_FIELDS


@dataclass(frozen=True)
class Demand:
    """What a training takes memory for, beside its network.

    Attributes:
        batch_size: Rows of a batch.
        optimizer_slots: Numbers the optimizer keeps for each trainable parameter.
        metric_numbers: Numbers the metrics' variables hold.
        probe_rows: Rows that signals are measured on; 0 where none are.
        has_validation: Whether there are validation rows, and so the weights of the best epoch are kept.
        augmentation: What augmenting a row costs.
    """

    batch_size: int
    optimizer_slots: int
    metric_numbers: int
    probe_rows: int = 0
    has_validation: bool = False
    augmentation: Cost = NO_COST


def demand_of(
    training: Mapping[str, Any],
    inferred: Inferred,
    coach: CoachSpec | None = None,
    *,
    dataset: DatasetSpec | None = None,
) -> Demand:
    """What the fields of a training ask for, as far as they are known.

    Args:
        training: Fields of a `TrainingSpec`.
        inferred: Its network.
        coach: What is measured of it, where that is said; signals are unless it says otherwise.
        dataset: Its data set, where that is known.
    """
    units = (inferred.output_shape or (1,))[-1:] or (1,)
    batch_size = training.get("batch_size", 32)
    optimizer = training.get("optimizer", "sgd")
    optimizers = [phase.optimizer_like(optimizer) for phase in training.get("phases", ())] or [optimizer]
    return Demand(
        batch_size,
        max(optimizer_of(one).slots() for one in optimizers),
        numbers_of((*training.get("metrics", ()), *training.get("weighted_metrics", ())), units[0]),
        probe_rows(inferred, batch_size) if coach is None or coach.signals else 0,
        has_validation=bool(training.get("validation_split") or (dataset is not None and dataset.has_validation)),
        augmentation=cost_of(dataset, inferred.inputs),
    )


def memory_fault(inferred: Inferred, demand: Demand, max_memory_bytes: int) -> Fault | None:
    """The fault of a job that is too large, at what takes more than half of its memory: a layer, or its metrics.

    Its rows do not count: where they have no room beside the network they are read as they are needed.

    Args:
        inferred: The network, without faults.
        demand: What the training takes memory for.
        max_memory_bytes: What a job may need.
    """
    total = estimate_memory(inferred, **vars(demand)).total_bytes
    if total <= max_memory_bytes:
        return None
    sentence = (
        f"This job needs about {_told(total)} of memory, and the limit is {_told(max_memory_bytes)}. "
        "Use a smaller network or a smaller `batch_size`."
    )
    summary = summarize(inferred, **vars(demand))
    return Fault(pointer=_place(summary, inferred, demand), message=sentence, code="memory_limit")


def is_room_for_rows(summary: NetworkSummary, facts: DatasetFacts, memory_bytes: int) -> bool:
    """Whether all rows of a data set fit into this much memory beside the network."""
    return summary.memory.total_bytes + facts.size_bytes <= memory_bytes


def _place(summary: NetworkSummary, inferred: Inferred, demand: Demand) -> str:
    if summary.memory.metrics_bytes > summary.memory.total_bytes / 2:
        return pointer(("training", "metrics"))
    for index, (layer, geometry) in enumerate(zip(inferred.layers, inferred.geometries, strict=True)):
        told = summary.layers[index]
        if layer is None or geometry is None or not told.is_used:
            continue
        trainable = (1 + demand.optimizer_slots + (demand.probe_rows > 0)) * told.trainable_parameters
        has_copy = demand.has_validation or demand.probe_rows > 0
        numbers = (1 + has_copy) * told.parameters + trainable
        share = BYTES_OF_A_NUMBER * (numbers + geometry.kept * summary.batch_size)
        if share > summary.memory.total_bytes / 2:
            field = next((name for name in UNIT_FIELDS if name in type(layer).model_fields), None)
            return pointer(("network", *place_of(layer, index, field)))
    return "/network"


def _told(size_bytes: int) -> str:
    """A size as people read it."""
    size = float(size_bytes)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:  # noqa: PLR2004 - bytes in a kibibyte
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:,.1f} GiB"
