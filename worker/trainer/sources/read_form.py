"""The read form of a user's data set: ``columns.npz`` mapped as it lies, and ``facts.json``.

`worker.reader.packing` says what lies in them. Nothing is unpickled, and nothing is copied before it is asked for.
"""

import json
import math
import mmap
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from spec.datasets.column_facts import ColumnFacts
from worker.messages import InputFile
from worker.trainer.failures import DataUnavailable
from worker.trainer.sources.stored_column import StoredColumn
from worker.trainer.untyped import Array

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_LOCAL_MAGIC = b"PK\x03\x04"
_TYPES: Mapping[str, Mapping[str, str]] = {
    "number": {"": "<f8"},
    "category": {"": "<i4"},
    "boolean": {"": "|i1"},
    "date": {"": "<i8"},
    "text": {".bytes": "|u1", ".offsets": "<i8", ".validity": "|b1"},
    "image": {".bytes": "|u1", ".offsets": "<i8", ".sizes": "<i4", ".modes": "|i1"},
}
"""Of a column's members, by the type of the column and their endings."""


class _Damaged(ValueError):
    """The files are not what they should be."""


@dataclass(frozen=True)
class ReadForm:
    """The read form of one data set, in two files that came with the order.

    Attributes:
        columns: ``columns.npz``.
        facts: ``facts.json``.
        pointer: To where the job names the data set.
    """

    columns: InputFile
    facts: InputFile
    pointer: Literal["/dataset", "/dataset/validation_from"] = "/dataset"

    @property
    def version(self) -> str:
        """The digests of both files, which stand for their bytes wherever they lie."""
        return f"{self.columns.sha256} {self.facts.sha256}"

    def opened(self) -> "ReadTable":
        """Map its columns.

        Raises:
            DataUnavailable: The files are damaged, or do not belong together.
        """
        try:
            facts = json.loads(Path(self.facts.path).read_bytes())
            rows, told = int(facts["rows"]), {str(column["name"]): column for column in facts["columns"]}
            reader = int(facts["reader"])
            members = _mapped(Path(self.columns.path))
            table = ReadTable(rows, reader, told, members, self.pointer)
            for name in told:
                table.column(name)
        except Exception as error:
            # What is damaged fails in many ways, in the zip, in the headers of arrays and in the JSON.
            raise DataUnavailable(
                f"The files of the data set are damaged on this worker (`{type(error).__name__}`). Upload it again.",
                self.pointer,
            ) from error
        return table


@dataclass(frozen=True)
class ReadTable:
    """The columns of a data set, mapped from its file.

    Attributes:
        rows: How many there are.
        reader: The version of the reader that wrote them.
        told: What the reader tells of each column, by its name.
        members: Arrays by the names of their members.
        pointer: To where the job names the data set.
    """

    rows: int
    reader: int
    told: Mapping[str, Mapping[str, Any]]
    members: Mapping[str, Array] = field(repr=False)
    pointer: str = "/dataset"

    @cached_property
    def _columns(self) -> dict[str, StoredColumn]:
        return {}

    def column(self, name: str) -> StoredColumn:
        """One column.

        Raises:
            KeyError: There is none of that name.
            ValueError: It is not what its facts say.
        """
        if name not in self._columns:
            self._columns[name] = self._made(self.told[name])
        return self._columns[name]

    def spelled_as(self, other: "ReadTable") -> "ReadTable":
        """With the names that another table has for false and true: its file may write them otherwise."""
        truths = {name: column.get("truth") for name, column in other.told.items() if column["type"] == "boolean"}
        told = {
            name: {**column, "truth": truths[name]} if column["type"] == "boolean" and name in truths else column
            for name, column in self.told.items()
        }
        return replace(self, told=told)

    def _made(self, told: Mapping[str, Any]) -> StoredColumn:
        facts = ColumnFacts.of(dict(told))
        arrays: dict[str, Array] = {}
        for ending, dtype in _TYPES[facts.type].items():
            array = arrays[ending] = self.members[f"{facts.member}{ending}"]
            is_deep = facts.type == "number" and bool(facts.shape)
            if is_deep:
                is_right = array.shape == (self.rows, *facts.shape) and array.dtype.name == facts.dtype
            else:
                is_right = array.dtype == np.dtype(dtype) and _length_is_right(ending, array, self.rows)
            if not is_right:
                raise _Damaged("An array is not what its facts say.")
        if (
            ".bytes" in arrays
            and self.rows
            and (arrays[".offsets"][0], arrays[".offsets"][-1])
            != (
                0,
                len(arrays[".bytes"]),
            )
        ):
            raise _Damaged("The places of values are not within their bytes.")
        return StoredColumn(
            facts,
            arrays,
            tuple(told.get("values") or ()),
            dict(told.get("truth") or {}),
            tuple(told.get("modes") or ()),
        )


def _length_is_right(ending: str, array: Array, rows: int) -> bool:
    if ending == ".bytes":
        return array.ndim == 1
    if ending == ".sizes":
        return array.shape == (rows, 2)
    return array.shape == (rows + (ending == ".offsets"),)


def _mapped(path: Path) -> dict[str, Array]:
    """The arrays of an uncompressed NPZ, by the names of its members; one mapping for all of them."""
    arrays: dict[str, Array] = {}
    with path.open("rb") as file, zipfile.ZipFile(file) as archive:
        memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        for info in archive.infolist():
            if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
                raise _Damaged("A member is compressed or encrypted.")
            begin = _begin_of(memory, info)
            if begin + info.file_size > len(memory):
                raise _Damaged("A member is longer than the file.")
            arrays[info.filename.removesuffix(".npy")] = _array(memory, begin, info.file_size)
    return arrays


def _begin_of(memory: mmap.mmap, info: zipfile.ZipInfo) -> int:
    """Where a member's bytes begin: behind its local header, which may be longer than the one in the directory."""
    head = _LOCAL_HEADER.unpack_from(memory, info.header_offset)
    if head[0] != _LOCAL_MAGIC:
        raise _Damaged("A member has no header.")
    return info.header_offset + _LOCAL_HEADER.size + int(head[-2]) + int(head[-1])


def _array(memory: mmap.mmap, begin: int, size_bytes: int) -> Array:
    """The array whose file lies in memory from there on."""
    memory.seek(begin)
    head = cast("Any", memory)
    if np.lib.format.read_magic(head) != (1, 0):
        raise _Damaged("An array is of another version.")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(head)
    count = math.prod(shape)
    offset = memory.tell()
    if is_fortran or dtype.kind not in "biuf" or offset + count * dtype.itemsize != begin + size_bytes:
        raise _Damaged("An array is not as long as it says.")
    return np.frombuffer(memory, dtype, count, offset).reshape(shape)
