"""The read form: ``columns.npz``, which NumPy reads without this package, and ``facts.json``.

Members of the uncompressed zip, by a column's place ``i`` (from 0, as the facts list them), all little-endian and in C
order:

- ``number``: ``i`` float64, NaN where missing; of an array with more dimensions, ``i`` as it came.
- ``category``: ``i`` int32, the places in the facts' ``values``, -1 where missing.
- ``boolean``: ``i`` int8, 0 and 1, -1 where missing.
- ``date``: ``i`` int64, microseconds since 1970 in UTC, the least int64 where missing.
- ``text``: ``i.bytes`` uint8, ``i.offsets`` int64 (one more than rows), ``i.validity`` bool.
- ``image``: ``i.bytes`` and ``i.offsets`` of the encoded pictures, ``i.sizes`` int32 (rows, 2) of width and height as
  they are seen, ``i.modes`` int8, the places in the facts' ``modes``.
"""

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spec.inputs import COLUMNS_FILE, FACTS_FILE
from worker.reader.columns.column import Column
from worker.reader.columns.files import ColumnFile

_COPIED_BYTES = 2**20
_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The time of all members, so that the same columns are the same bytes."""


def pack(columns: Sequence[Column], folder: Path) -> Path:
    """Write the columns into one file, and remove those they were written to."""
    path = folder / COLUMNS_FILE
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for place, column in enumerate(columns):
            for ending, file in column.files.items():
                _write(archive, f"{place}{ending}.npy", file)
                file.remove()
    return path


def write_facts(facts: dict[str, Any], folder: Path) -> Path:
    """Write the facts; numbers as Python writes them, which loses nothing."""
    path = folder / FACTS_FILE
    path.write_text(json.dumps(facts, ensure_ascii=False, allow_nan=False, separators=(",", ":")), encoding="utf-8")
    return path


def _write(archive: zipfile.ZipFile, name: str, file: ColumnFile) -> None:
    header = io.BytesIO()
    described = {"descr": file.dtype.str, "fortran_order": False, "shape": (file.rows, *file.shape)}
    np.lib.format.write_array_header_1_0(header, described)
    file.flush()
    with (
        archive.open(zipfile.ZipInfo(name, _BEGINNING), "w", force_zip64=True) as member,
        file.path.open("rb") as source,
    ):
        member.write(header.getvalue())
        while piece := source.read(_COPIED_BYTES):
            member.write(piece)
