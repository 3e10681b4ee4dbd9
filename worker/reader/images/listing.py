"""A list of pictures beside them: which they are, in what order, and what is known of each."""

import shutil
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from spec.datasets.descriptions import ColumnDescription, DatasetDescription, DialectSpec
from spec.datasets.read_limits import ReadLimits
from worker.reader.archives import damaged
from worker.reader.columns.column import Column
from worker.reader.dataset import ReadDataset, Warned
from worker.reader.delimited.encodings import as_utf8
from worker.reader.delimited.lines import locate
from worker.reader.delimited.reading import read_delimited
from worker.reader.faults import MOST_FAULTS, FaultList, FileFault, FileFaulty, refusal, shown
from worker.reader.images.contents import Member, path_of
from worker.reader.images.json_lines import as_csv
from worker.reader.images.writing import IMAGE
from worker.reader.table import SignOfLife

FILE_NAME = "file_name"
"""The column with the path of each picture in the zip."""

_JSON = ".jsonl"


@dataclass(frozen=True)
class Listing:
    """What such a list says.

    Attributes:
        members: The pictures, in the order of its rows.
        columns: What is known of them.
        warnings: About the columns.
    """

    members: Sequence[Member]
    columns: Sequence[Column]
    warnings: Sequence[Warned]


def read_listing(  # noqa: PLR0913, PLR0917 -- what it is given
    archive: zipfile.ZipFile,
    pictures: Sequence[Member],
    metadata: Member,
    description: DatasetDescription,
    limits: ReadLimits,
    folder: Path,
    sign_of_life: SignOfLife,
) -> Listing:
    """Read the list, and find the pictures that it names.

    Raises:
        FileFaulty: It cannot be read, names a picture that is not there, or leaves one out.
    """
    copy = folder / "listed"
    try:
        _copy(archive, metadata, copy)
        return _ListFile(copy, metadata.path, description, limits, folder).read(pictures, sign_of_life)
    finally:
        copy.unlink(missing_ok=True)


def _copy(archive: zipfile.ZipFile, member: Member, target: Path) -> None:
    try:
        with archive.open(member.info) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError):
        raise damaged(shown(member.info.filename)) from None


class _ListFile:
    """The file, as the table that it is."""

    def __init__(
        self, path: Path, name: str, description: DatasetDescription, limits: ReadLimits, folder: Path
    ) -> None:
        self._name = name
        self._limits = limits
        self._folder = folder
        self._path = path
        self._description = _checked(description)
        self._lines: list[int] | None = None

    def read(self, pictures: Sequence[Member], sign_of_life: SignOfLife) -> Listing:
        text = self._path
        try:
            text = self._as_csv()
            table = read_delimited(text, self._said(), self._limits, self._folder, sign_of_life)
            return self._listing(text, table, pictures)
        except FileFaulty as error:
            raise FileFaulty([self._told(fault) for fault in error.faults], error.more) from None
        finally:
            if text != self._path:
                text.unlink(missing_ok=True)

    def _as_csv(self) -> Path:
        """The file as CSV in UTF-8."""
        if not self._name.endswith(_JSON):
            return as_utf8(self._path, self._description.dialect.encoding, self._folder)
        text = self._folder / "listed.csv"
        self._lines = as_csv(self._path, text, self._limits)
        return text

    def _said(self) -> DatasetDescription:
        is_json = self._lines is not None
        dialect = DialectSpec(delimiter=",", header=True) if is_json else self._description.dialect
        columns = {**self._description.columns, FILE_NAME: ColumnDescription(type="text")}
        utf8 = dialect.model_copy(update={"encoding": "utf-8"})
        return self._description.model_copy(update={"format": None, "dialect": utf8, "columns": columns})

    def _listing(self, text: Path, table: ReadDataset, pictures: Sequence[Member]) -> Listing:
        faults = FaultList()
        if any(column.name == IMAGE for column in table.columns):
            message = f"The pictures themselves are the column `{IMAGE}`. Rename this one."
            faults.add(FileFault("duplicate_column", message, column=IMAGE))
        (names,) = (column for column in table.columns if column.name == FILE_NAME)
        known = {member.path: member for member in pictures}
        rows: dict[str, int] = {}
        wrong: list[tuple[int, FileFault]] = []
        found: list[Member] = []
        for row, name in enumerate(_texts(names)):
            path = "/".join(path_of(name or ""))
            problem = _problem_of(name, path, known, rows)
            if problem is None:
                rows[path] = row
                found.append(known[path])
            elif len(wrong) < MOST_FAULTS:
                code, message = problem
                wrong.append(
                    (row, FileFault(code, message, column=FILE_NAME, value=shown(name), place=f"row {row + 1}"))
                )
            else:
                faults.add_uncounted(1)
        for fault in self._placed(wrong, text, table):
            faults.add(fault)
        for member in pictures:
            if member.path not in rows:
                message = f"This picture is not listed in `{self._name}`. List it, or remove it from the zip."
                faults.add(FileFault("unlisted_picture", message, place=shown(member.info.filename)))
        faults.raise_any()
        for file in names.files.values():
            file.remove()
        others = [column for column in table.columns if column is not names]
        return Listing(found, others, [warned for warned in table.warnings if warned.column != FILE_NAME])

    def _placed(self, wrong: Sequence[tuple[int, FileFault]], text: Path, table: ReadDataset) -> Sequence[FileFault]:
        """The faults with their lines; those of JSON are known by their rows."""
        if self._lines is not None or not wrong or table.dialect is None:
            return [fault for _, fault in wrong]
        places = locate(
            text,
            delimiter=str(table.dialect["delimiter"]),
            fields=1 if len(table.columns) == 1 else None,
            has_header=bool(table.dialect["header"]),
            wanted=[(row, 0) for row, _ in wrong],
            ragged=0,
        )
        return [replace(fault, line=places.lines.get((row, 0))) for row, fault in wrong]

    def _told(self, fault: FileFault) -> FileFault:
        """A fault of the list, which says that it is in it."""
        if fault.code == "unlisted_picture":
            return fault
        if fault.code == "unknown_column" and fault.column == FILE_NAME:
            message = f"`{self._name}` needs a column `{FILE_NAME}` with the path of each picture in the zip. Add it."
            return FileFault("no_file_names", message, 1, FILE_NAME, place=self._name)
        line = fault.line
        if self._lines is not None and fault.place is not None and fault.place.startswith("row "):
            line = self._lines[int(fault.place.removeprefix("row ")) - 1]
        place = self._name if line is not None or fault.place is None else f"{self._name}, {fault.place}"
        return replace(fault, line=line, place=place)


def _checked(description: DatasetDescription) -> DatasetDescription:
    """The description without what is said of the pictures themselves.

    Raises:
        FileFaulty: They are described as something else.
    """
    said = dict(description.columns)
    image = said.pop(IMAGE, None)
    if image is not None and image.type != "image":
        message = "This column of a zip of pictures has the type `image`. Remove it from the description."
        raise refusal("type_of_picture", message, column=IMAGE)
    if FILE_NAME in said or description.target in (FILE_NAME, IMAGE):
        message = f"The column `{FILE_NAME}` only says which picture is meant. Remove it from the description."
        column = FILE_NAME if FILE_NAME in said else description.target
        raise refusal("type_of_picture", message, column=column)
    return description.model_copy(update={"columns": said})


def _problem_of(
    name: str | None, path: str, known: Mapping[str, Member], rows: Mapping[str, int]
) -> tuple[str, str] | None:
    if name is None:
        return "missing_file_name", "The path of the picture is missing. Add it, or remove the row."
    if path not in known:
        return "missing_picture", "The zip does not have this file. Correct the path, or add the picture to the zip."
    if path in rows:
        return "listed_twice", f"Row {rows[path] + 1:,} lists this picture, too. Remove one of the two rows."
    return None


def _texts(column: Column) -> list[str | None]:
    """The values of a column of text."""
    data = b"".join(piece.tobytes() for piece in column.files[".bytes"].pieces())
    ends = np.concatenate(list(column.files[".offsets"].pieces())).tolist()
    is_there = np.concatenate(list(column.files[".validity"].pieces())).tolist()
    return [
        data[start:end].decode() if there else None
        for (start, end), there in zip(pairwise(ends), is_there, strict=True)
    ]
