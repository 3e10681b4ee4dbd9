"""Files for the reader, made of bytes, and what it makes of them."""

import io
import json
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from spec.datasets.descriptions import DatasetDescription
from spec.datasets.read_limits import LIMITS, ReadLimits
from worker.reader.faults import FileFault, FileFaulty
from worker.reader.packing import pack, write_facts
from worker.reader.previews import write_preview
from worker.reader.reading import read


@dataclass(frozen=True)
class Result:
    """What a file was read to."""

    facts: dict[str, Any]
    members: dict[str, np.ndarray]
    preview: dict[str, Any]

    def column(self, name: str) -> dict[str, Any]:
        return next(column for column in self.facts["columns"] if column["name"] == name)

    def values(self, name: str) -> list[Any]:
        """The values of a column as Python has them; None where missing."""
        column = self.column(name)
        if column["type"] == "text":
            return self._texts(column["member"])
        stored = self.members[column["member"]]
        if column["type"] == "number" and not column["shape"]:
            return [None if np.isnan(value) else float(value) for value in stored]
        if column["type"] == "category":
            return [None if code < 0 else column["values"][code] for code in stored]
        if column["type"] == "boolean":
            return [None if value < 0 else bool(value) for value in stored]
        if column["type"] == "date":
            moments = stored.astype("M8[us]")
            return [None if np.isnat(moment) else str(moment) for moment in moments]
        return stored.tolist()

    def _texts(self, member: str) -> list[str | None]:
        data = self.members[f"{member}.bytes"].tobytes()
        offsets, is_there = self.members[f"{member}.offsets"], self.members[f"{member}.validity"]
        return [
            data[start:end].decode() if there else None
            for start, end, there in zip(offsets[:-1], offsets[1:], is_there, strict=True)
        ]

    @property
    def warnings(self) -> list[tuple[str, str | None]]:
        return [(warning["code"], warning["column"]) for warning in self.facts["warnings"]]


def read_path(path: Path, said: Mapping[str, Any] | None = None, limits: ReadLimits = LIMITS) -> Result:
    """Read a file as the process does, and load what it left with NumPy alone."""
    description = None if said is None else DatasetDescription.model_validate(said)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        pieces = folder / "pieces"
        pieces.mkdir()
        dataset = read(path, description, pieces, limits=limits)
        facts = dataset.facts(description.target if description else None)
        shown = write_preview(dataset.preview(), folder)
        packed, told = pack(dataset.columns, folder), write_facts(facts, folder)
        assert list(pieces.iterdir()) == []
        with np.load(packed, allow_pickle=False) as members:
            return Result(json.loads(told.read_text()), dict(members), json.loads(shown.read_text()))


def read_bytes(data: bytes | str, said: Mapping[str, Any] | None = None, limits: ReadLimits = LIMITS) -> Result:
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "file"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return read_path(path, said, limits)


def faults_of(data: bytes | str, said: Mapping[str, Any] | None = None, limits: ReadLimits = LIMITS) -> list[FileFault]:
    """What is wrong with a file; the reader must refuse it."""
    try:
        read_bytes(data, said, limits)
    except FileFaulty as error:
        return error.faults
    raise AssertionError("The file was read.")


def zip_of(members: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return made.getvalue()


def picture(
    colour: Any = 128,  # noqa: ANN401 -- Pillow's
    mode: str = "L",
    size: tuple[int, int] = (4, 3),
    form: str = "PNG",
    **saved: Any,  # noqa: ANN401 -- Pillow's
) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, colour).save(made, form, **saved)
    return made.getvalue()


def npy(array: np.ndarray, **saved: Any) -> bytes:  # noqa: ANN401 -- NumPy's
    made = io.BytesIO()
    np.save(made, array, **saved)
    return made.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    made = io.BytesIO()
    np.savez(made, **arrays)
    return made.getvalue()


def header(shape: str, descr: str = "'<f8'", *, order: str = "False") -> bytes:
    """An NPY header that says what it likes."""
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"
    padded = text + " " * (64 - (len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded.encode()


def two_classes(**more: bytes) -> dict[str, bytes]:
    """The members of a zip of two classes, and of some more."""
    return {"cat/1.png": picture(10), "dog/1.png": picture(200), **{n.replace("__", "/"): d for n, d in more.items()}}
