"""The rows of a job, prepared once and shared: in files that are mapped, in memory where there are none."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from spec.datasets.choice import DatasetSpec, dataset_of
from spec.datasets.counts import RowCounts
from spec.datasets.encodings import ENCODINGS
from spec.training.targets import Encoding
from spec.training.training import TrainingSpec
from worker.trainer.data.bounded_cache import BoundedCache
from worker.trainer.data.files import DataFiles, NoRoom
from worker.trainer.data.parts import Part
from worker.trainer.data.preparation import parts_of
from worker.trainer.data.prepared_rows import PreparedRows
from worker.trainer.data.row_statistics import row_statistics
from worker.trainer.data.row_tensors import ALIGNMENT_BYTES
from worker.trainer.data.tables.preparation import TABLES_FORMAT, TOLD, table_parts, told_in
from worker.trainer.data.tables.versions import versions_of
from worker.trainer.failures import MemoryTooSmall
from worker.trainer.log_lines import reason_of
from worker.trainer.sources.origins import Origin, origin_of
from worker.trainer.sources.rows import RawRows
from worker.trainer.sources.uploaded import UploadedData
from worker.trainer.untyped import Array

_RAW_BYTES = 2**26
_PREPARED_BYTES = 2**29
_KEPT = 4

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PreparedData:
    """Rows ready for training, never written to.

    Attributes:
        training: Those that are trained on.
        validation: Those that each epoch is validated with, or None.
        test: Those that are held back to the end, or None.
        told: Of a user's data set: its ``classes``, ``preprocessing`` and ``warnings``, as results tell them, and the
            places of some training rows in it as ``sample``.
        held: What keeps their files in place, if they lie in files.
    """

    training: PreparedRows
    validation: PreparedRows | None
    test: PreparedRows | None
    told: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False, compare=False)
    held: object = field(default=None, repr=False, compare=False)
    _statistics: dict[str, Any] = field(default_factory=dict[str, Any], init=False, repr=False, compare=False)

    @classmethod
    def of(cls, arrays: Mapping[str, Array], held: object = None) -> "PreparedData":
        """From arrays by the names of `worker.trainer.data.parts.Part`.

        Raises:
            LookupError: If there are no training rows.
        """
        training, validation, test = (PreparedRows.of(arrays, kind) for kind in ("training", "validation", "test"))
        if training is None:
            raise LookupError("There are no training rows.")
        return cls(training, validation, test, told_in(arrays[TOLD]) if TOLD in arrays else {}, held)

    def statistics(self, encoding: Encoding) -> Mapping[str, Any]:
        """What the training rows are like (`row_statistics`), looked at once.

        Args:
            encoding: How the target is to be read: with which they were prepared, or as numbers of classes.
        """
        if not self._statistics:
            self._statistics.update(row_statistics(self.training.inputs, self.training.target, encoding))
        return self._statistics

    @property
    def counts(self) -> RowCounts:
        """How many rows there are of each kind."""
        return RowCounts(*(0 if rows is None else len(rows) for rows in (self.training, self.validation, self.test)))

    @property
    def size_bytes(self) -> int:
        """What the arrays take, on the disk or in memory."""
        kinds = (self.training, self.validation, self.test)
        return sum(array.nbytes for rows in kinds if rows is not None for array in rows.arrays)


class PreparedDataSets:
    """The data sets used last, so that the next job on the same rows starts at once.

    Args:
        files: Where they are shared with other trainers; None keeps them in this one's memory.
    """

    def __init__(self, files: DataFiles | None = None) -> None:
        self._files = files
        self._raw: BoundedCache[RawRows] = BoundedCache(_RAW_BYTES, _KEPT)
        self._prepared: BoundedCache[PreparedData] = BoundedCache(_PREPARED_BYTES, _KEPT)

    def get(
        self,
        dataset: str | DatasetSpec,
        training: TrainingSpec,
        encoding: Encoding,
        *,
        origin: Origin | None = None,
        is_room_in_memory: bool = True,
    ) -> PreparedData:
        """The rows of a job.

        Args:
            dataset: What the job says of it.
            training: Says how many rows are for validation, and what a class weighs.
            encoding: How targets are laid.
            origin: What is known of the data set, and where its rows come from; by default what is built in.
            is_room_in_memory: Whether they may lie in memory where they cannot lie in files.

        Raises:
            DataUnavailable: They are not to be had, or not what the data set's facts promise.
            MemoryTooSmall: They fit neither into memory nor into files.
        """
        asked = dataset_of(dataset)
        said = training.class_weight
        weights = said if isinstance(said, str) else sorted((said or {}).items())
        origin = origin or origin_of(asked.name)
        facts = origin.facts
        told = asked.model_dump_json(exclude={"augment"})  # which happens to what was prepared
        key = f"{told} {training.validation_split!r} {weights} {encoding} {facts.model_dump_json()}"

        def parts() -> list[Part]:
            if isinstance(origin.source, UploadedData):
                return table_parts(origin.source, asked, facts, training, encoding)
            return parts_of(self._raw_of(origin), asked, facts, training, encoding)

        make = partial(self._prepare, origin, key, parts, is_room_in_memory=is_room_in_memory)
        return self._prepared.get(f"{key} {origin.source.version}", make)

    def clear(self) -> None:
        """Give back the memory of all of them."""
        self._prepared.clear()
        self._raw.clear()

    def _prepare(
        self, origin: Origin, key: str, parts: Callable[[], list[Part]], *, is_room_in_memory: bool
    ) -> PreparedData:
        if self._files is not None:
            stamp = origin.source.stamp()
            if stamp is None:  # what has to be downloaded has none before
                self._raw_of(origin)
                stamp = origin.source.stamp()
            try:
                shared = self._files.get(f"{key} {stamp} {_versions(origin)}", parts)
            except (OSError, NoRoom) as error:
                # Those that are kept for the next job hold their files.
                self._prepared.clear()
                logger.warning("The rows cannot be shared with other trainers: %s.", reason_of(error))
            else:
                return PreparedData.of(shared.arrays, shared)
        if not is_room_in_memory:
            raise MemoryTooSmall(
                "The rows of the data set fit neither into the memory of this worker nor into its folder of prepared "
                "rows, which is limited by NETCOACH_DATA_CACHE_BYTES and by the free space on its disk.",
                "/dataset",
            )
        return in_memory(parts())

    def _raw_of(self, origin: Origin) -> RawRows:
        return self._raw.get(f"{origin.facts.name} {origin.source.version}", origin.load)


def _versions(origin: Origin) -> str:
    """Of all code that decides what prepared rows hold; the reader's goes with the digest of the facts."""
    if not isinstance(origin.source, UploadedData):
        return f"numpy {np.__version__}"
    return f"{TABLES_FORMAT} {versions_of(ENCODINGS)}"


def in_memory(parts: Sequence[Part]) -> PreparedData:
    """The rows, made in this process's memory."""
    arrays: dict[str, Array] = {}
    for part in parts:
        array = arrays[part.name] = _aligned(part)
        filled = 0
        for piece in part.pieces():
            array[filled : filled + len(piece)] = piece
            filled += len(piece)
        array.setflags(write=False)
    return PreparedData.of(arrays)


def _aligned(part: Part) -> Array:
    """Memory for a part, aligned so that a tensor can take it as it is."""
    memory = np.empty(part.size_bytes + ALIGNMENT_BYTES, np.uint8)
    begin = -memory.ctypes.data % ALIGNMENT_BYTES
    return memory[begin : begin + part.size_bytes].view(part.dtype).reshape(part.shape)
