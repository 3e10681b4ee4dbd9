"""Whether a job fits into the memory that a job may have, by estimate."""

from spec.datasets import DatasetFacts
from spec.faults import Fault, pointer
from spec.inference import Inferred, place_of
from spec.output_rules import UNIT_FIELDS
from spec.summary import BYTES_OF_A_NUMBER, NetworkSummary


def memory_fault(
    summary: NetworkSummary, inferred: Inferred, facts: DatasetFacts, optimizer_slots: int, max_memory_bytes: int
) -> Fault | None:
    """The fault of a job that is too large, at what takes more than half of its memory, if one thing does.

    Args:
        summary: Of the network, for the job's batch size and optimizer.
        inferred: The network.
        facts: Of the data set as the job uses it; its rows are held in memory.
        optimizer_slots: Numbers the optimizer keeps for each trainable parameter.
        max_memory_bytes: What a job may need.
    """
    total = summary.memory.total_bytes + facts.size_bytes
    if total <= max_memory_bytes:
        return None
    sentence = f"this needs about {_told(total)}, and a job may need {_told(max_memory_bytes)}"
    return Fault(
        pointer=_place(summary, inferred, facts, optimizer_slots, total), message=sentence, code="memory_limit"
    )


def _place(summary: NetworkSummary, inferred: Inferred, facts: DatasetFacts, optimizer_slots: int, total: int) -> str:
    if facts.size_bytes > total / 2:
        return "/dataset"
    for index, (layer, geometry) in enumerate(zip(inferred.layers, inferred.geometries, strict=True)):
        told = summary.layers[index]
        if layer is None or geometry is None or not told.is_used:
            continue
        numbers = told.parameters + (1 + optimizer_slots) * told.trainable_parameters
        share = BYTES_OF_A_NUMBER * (numbers + geometry.kept * summary.batch_size)
        if share > total / 2:
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
