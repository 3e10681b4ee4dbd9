"""Parquet files: the footer is looked at first, then rows are read in batches, by value and not by text."""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from spec.datasets.descriptions import DatasetDescription
from spec.datasets.read_limits import ReadLimits
from worker.reader.columns.files import PIECE_ROWS
from worker.reader.columns.typed import Reading, UnsupportedType, reading_of
from worker.reader.dataset import ReadDataset, Warned, doubts_of
from worker.reader.faults import FaultList, FileFault, FileFaulty, refusal, shown
from worker.reader.table import SignOfLife, Table, check_columns, check_rows, is_ignored, names_of

_MARK = b"PAR1"
_END_BYTES = 8
_MOST_BATCH_BYTES = 16 * 2**20
_BROKEN = (pa.ArrowException, OSError, ValueError, OverflowError)


def read_parquet(
    path: Path, description: DatasetDescription, limits: ReadLimits, folder: Path, sign_of_life: SignOfLife
) -> ReadDataset:
    """Read a Parquet file.

    Raises:
        FileFaulty: It cannot be read, or values do not fit what was described.
    """
    faults = FaultList()
    _check_footer_size(path, limits)
    try:
        with pq.ParquetFile(path, thrift_string_size_limit=limits.names_bytes) as file:
            schema = _checked_schema(file, limits)
            names = names_of([field.name for field in schema], description, faults, None)
            faults.raise_any()
            readings = _readings(schema, description, folder, faults)
            check_columns(readings, faults)
            check_rows(file.metadata.num_rows, limits, faults)
            faults.raise_any()
            table = Table(readings)
            rows = table.read(lambda places: _blocks(file, places), limits.rows, sign_of_life)
            is_whole = rows == file.metadata.num_rows
    except MemoryError:
        raise
    except _BROKEN:
        raise _damaged() from None
    if not is_whole:
        raise _damaged()
    table.note_faults(faults)
    faults.raise_any()
    columns = table.columns()
    warnings = [Warned(doubt.code, name, doubt.message) for name, doubt in names.doubts]
    return ReadDataset("parquet", rows, columns, [*warnings, *doubts_of(columns)])


def _check_footer_size(path: Path, limits: ReadLimits) -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _END_BYTES))
        end = file.read()
    if len(end) < _END_BYTES or end[4:] != _MARK:
        raise _damaged()
    (footer,) = struct.unpack("<I", end[:4])
    if footer > min(limits.names_bytes, size):
        raise _damaged()


def _checked_schema(file: pq.ParquetFile, limits: ReadLimits) -> pa.Schema:
    metadata, schema = file.metadata, file.schema_arrow
    if len(schema) > limits.columns:
        message = (
            f"The file has {len(schema):,} columns, and a data set can have at most {limits.columns:,}. "
            "Upload fewer columns."
        )
        raise refusal("too_many_columns", message)
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    unpacked = sum(group.total_byte_size for group in groups)
    if unpacked > limits.unpacked_bytes:
        message = f"The file unpacks to {unpacked:,} bytes, which is more than is read of one file. Split it."
        raise refusal("unpacks_too_large", message)
    if sum(group.num_rows for group in groups) != metadata.num_rows or any(group.num_rows < 0 for group in groups):
        raise _damaged()
    return schema


def _readings(
    schema: pa.Schema, description: DatasetDescription, folder: Path, faults: FaultList
) -> dict[int, Reading]:
    readings: dict[int, Reading] = {}
    for place, field in enumerate(schema):
        if is_ignored(description, field.name):
            continue
        try:
            readings[place] = reading_of(
                field.name, folder / f"column_{place}", field.type, description.columns.get(field.name)
            )
        except UnsupportedType as error:
            message = (
                f"The type `{shown(error.described)}` is not read. Write the column's parts as columns of their own, "
                "or describe it as `ignore`."
            )
            faults.add(FileFault("unsupported_type", message, column=field.name))
    return readings


def _blocks(file: pq.ParquetFile, places: Sequence[int]) -> Iterator[Sequence[pa.Array]]:
    names = [file.schema_arrow.field(place).name for place in places]
    metadata = file.metadata
    row_bytes = max(
        (
            metadata.row_group(place).total_byte_size // max(metadata.row_group(place).num_rows, 1)
            for place in range(metadata.num_row_groups)
        ),
        default=1,
    )
    rows = max(1, min(PIECE_ROWS, _MOST_BATCH_BYTES // max(row_bytes, 1)))
    for batch in file.iter_batches(batch_size=rows, columns=names, use_threads=False):
        if batch.num_rows:
            # Columns come in the file's order, as the places do.
            yield batch.columns


def _damaged() -> FileFaulty:
    return refusal("damaged_parquet", "The Parquet file is damaged, or not complete. Write it again.")
