"""The rows of a training, and what else it begins with, if the worker has room for it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from spec.datasets.augmentation import Augmenting, augmenting_of
from spec.datasets.choice import dataset_of
from spec.datasets.facts import DatasetFacts
from spec.datasets.resolution import facts_for
from spec.jobs import JobSpec
from spec.networks.inference import infer
from spec.networks.memory import demand_of, is_room_for_rows, memory_fault
from spec.networks.summary import summarize
from spec.networks.wiring import ONE_INPUT
from spec.training.targets import Encoding
from spec.training.training import target_encoding
from worker.trainer.data.class_weights import weights_told
from worker.trainer.data.prepared import PreparedData
from worker.trainer.data.prepared_rows import PreparedRows
from worker.trainer.data.told import data_told, target_names
from worker.trainer.epochs.streamed_steps import Rows, rows_of
from worker.trainer.evaluation.readings import Reading, reading_of
from worker.trainer.failures import MemoryTooSmall
from worker.trainer.raw_rows.leaving import RawRows
from worker.trainer.results.stored_weights import epoch_weights
from worker.trainer.sources.origins import Origin, origin_of
from worker.trainer.sources.uploaded import UploadedData
from worker.trainer.untyped import Array
from worker.trainer.work.training.attempt import Attempt
from worker.trainer.work.training.beginning import Beginning


@dataclass(frozen=True)
class Loaded:
    """The rows of a job, and what else it begins with.

    Attributes:
        facts: What is known of them as the job uses them.
        data: All of them.
        is_streamed: Whether they come from files, since the memory is too small for them.
        encoding: How targets are laid.
        probe_rows: On how many something is measured after each epoch.
        reading: How the outputs of the network are read; None where they say nothing that people could compare.
        names: Of the target's classes or labels, in their order; None where they are numbered.
        layer_names: Of the network's layers, as Keras names them.
        beginning: The weights that its training begins with.
        has_row_weights: Whether the data set gives each row a weight.
        augmenting: What augments the batches of each input; empty where nothing does.
        raw_rows: The rows of a user's data set, as they were before they were encoded; None of a built-in one.
    """

    facts: DatasetFacts
    data: PreparedData
    is_streamed: bool
    encoding: Encoding
    probe_rows: int
    reading: Reading | None
    names: Sequence[str] | None
    layer_names: Sequence[str]
    beginning: Beginning
    has_row_weights: bool = False
    augmenting: Augmenting = ()
    raw_rows: RawRows | None = None

    def evaluated(self, rows: PreparedRows) -> Sequence[Array]:
        """What a model is evaluated on: the weights of rows count, and those of classes do not, as in `fit`."""
        return rows.arrays if self.has_row_weights else rows.unweighted

    def rows(self, spec: JobSpec, arrays: Sequence[Array]) -> Rows:
        """Some of them, as steps take them."""
        return rows_of(*arrays, batch_size=spec.training.batch_size, is_streamed=self.is_streamed)

    def statistics(self) -> dict[str, Any]:
        """What the training rows are like, by the names of `coach.evidence.StartSeen`."""
        classes = self.facts.classes or 0
        # One unit for two classes has their numbers as targets.
        told = dict(self.data.statistics("classes" if classes and self.encoding == "number" else self.encoding))
        inputs = dict(zip(self.facts.inputs or ONE_INPUT, told.pop("columns"), strict=True))
        rows = told.pop("class_rows", [])
        return {"inputs": inputs, **told, "class_rows": [*rows, *[0] * (classes - len(rows))]}


def load(attempt: Attempt, spec: JobSpec) -> Loaded:
    """The rows of a job that has room here.

    Raises:
        MemoryTooSmall: If it has none.
        InitialWeightsUnusable: If it begins with weights, and their file is damaged.
    """
    dataset = dataset_of(spec.dataset)
    origin = origin_of(dataset.name, attempt.order.dataset_facts, attempt.order.inputs)
    facts = facts_for(dataset, origin.facts)
    inferred = infer(spec.network, facts.shapes)
    demand = demand_of(dict(spec.training), inferred, spec.coach, dataset=dataset)
    is_streamed = False
    names = [name or "" for name in inferred.wiring.names]
    beginning = Beginning(attempt, spec, names)
    summary = summarize(inferred, **vars(demand), phases=spec.training.phases, copied=beginning.copied)
    most_bytes = attempt.bench.memory.most_bytes
    if most_bytes is not None:
        fault = memory_fault(inferred, demand, most_bytes)
        if fault is not None:
            raise MemoryTooSmall(f"The memory of this worker is too small. {fault.message}", fault.pointer)
        is_streamed = not is_room_for_rows(summary, facts, most_bytes)
        if is_streamed and spec.resources.gpus > 1:
            raise MemoryTooSmall(
                "The rows do not fit into the memory of this worker beside the network, and they can only be "
                "streamed to a single GPU.",
                "/resources/gpus",
            )
    attempt.results["model_summary"] = summary.model_dump(mode="json")
    units = (inferred.output_shape or (1,))[-1]
    encoding = target_encoding(spec.training, facts.classes, units, has_labels=facts.target == "labels")
    began_at = time.monotonic()
    data = attempt.bench.data_sets.get(
        dataset, spec.training, encoding, origin=origin, is_room_in_memory=not is_streamed
    )
    attempt.timings.load_data_seconds += time.monotonic() - began_at
    counts = data.counts
    told: dict[str, Any] = {
        "train_rows": counts.train,
        "validation_rows": counts.validation,
        "test_rows": counts.test,
        "is_streamed": is_streamed,
        **data_told(data.told),
    }
    attempt.results["data"] = told
    attempt.results["epoch_weights"] = epoch_weights(spec.training)
    attempt.results["class_weight"] = weights_told(spec.training.class_weight, data.training.target, encoding)
    return Loaded(
        facts,
        data,
        is_streamed=is_streamed,
        encoding=encoding,
        probe_rows=demand.probe_rows,
        reading=reading_of(spec.training, facts, units),
        names=target_names(data.told),
        layer_names=names,
        beginning=beginning,
        has_row_weights=dataset.sample_weight is not None,
        augmenting=augmenting_of(dataset, origin.facts),
        raw_rows=_raw_rows(attempt, origin, data),
    )


def _raw_rows(attempt: Attempt, origin: Origin, data: PreparedData) -> RawRows | None:
    """What a model for raw rows will be made of; who checks it is started meanwhile."""
    if not isinstance(origin.source, UploadedData):
        return None
    attempt.bench.checker.start()
    return RawRows(origin.source, origin.facts, data.told["preprocessing"], data.told["sample"])
