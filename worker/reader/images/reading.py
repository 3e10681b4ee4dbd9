"""A zip of pictures: a folder for each class. Every picture is decoded once, and its encoded bytes are kept."""

import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from spec.datasets.descriptions import DatasetDescription
from worker.pictures.decoding import MODES, NotDecoded, bombs_refused, decode
from worker.reader.archives import damaged
from worker.reader.columns.column import Column
from worker.reader.columns.files import ColumnFile
from worker.reader.columns.trial import Doubt
from worker.reader.dataset import ReadDataset, Warned
from worker.reader.faults import MOST_FAULTS, FaultList, FileFault, refusal, shown
from worker.reader.limits import ReadLimits
from worker.reader.table import SignOfLife, check_rows

IMAGE, CLASS = "image", "class"
"""The columns of such a data set."""

_LEFT_BEHIND = frozenset({".ds_store", "thumbs.db", "desktop.ini", "__macosx"})
_ARCHIVES = re.compile(rb"PK\x03\x04|\x1f\x8b|7z\xbc\xaf|Rar!|BZh|\xfd7zXZ")
_OTHERS = (
    (frozenset({"[Content_Types].xml"}), "an Office document. Save its table as CSV"),
    (frozenset({"mimetype", "content.xml"}), "an OpenDocument file. Save its table as CSV"),
    (frozenset({"META-INF/MANIFEST.MF"}), "a Java archive. Upload a zip with a folder of pictures for each class"),
)
_MOST_SIZES = 100
_BATCH = 256
_LEAST_CLASSES = 2


@dataclass(frozen=True)
class Member:
    """A picture in the zip.

    Attributes:
        info: Where it is.
        parts: Its path, without a top folder that all have.
    """

    info: zipfile.ZipInfo
    parts: tuple[str, ...]


@dataclass
class Contents:
    """What a zip holds, by its table of contents.

    Attributes:
        members: The pictures, by their names.
        folders: The folders that it names, in the same way.
        skipped: How many files of operating systems are left out.
    """

    members: list[Member] = field(default_factory=list[Member])
    folders: set[tuple[str, ...]] = field(default_factory=set[tuple[str, ...]])
    skipped: int = 0


def read_pictures(
    archive: zipfile.ZipFile,
    description: DatasetDescription,
    limits: ReadLimits,
    folder: Path,
    sign_of_life: SignOfLife,
) -> ReadDataset:
    """Read a zip of pictures whose members were checked.

    Raises:
        FileFaulty: Something in it cannot be read.
    """
    faults = FaultList()
    contents = _contents(archive)
    _check_columns(description, faults)
    check_rows(len(contents.members), limits, faults)
    _check_folders(contents, faults)
    faults.raise_any()
    writing = _Writing(folder)
    with bombs_refused():
        for place, member in enumerate(contents.members):
            writing.take(_bytes_of(archive, member, faults), member, limits, faults)
            if place % _BATCH == 0:
                sign_of_life()
    faults.raise_any()
    return writing.dataset(contents)


def _bytes_of(archive: zipfile.ZipFile, member: Member, faults: FaultList) -> bytes | None:
    try:
        return archive.read(member.info)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError):
        faults.add(damaged(shown(member.info.filename)).faults[0])
        return None


def _contents(archive: zipfile.ZipFile) -> Contents:
    contents = Contents()
    for info in archive.infolist():
        parts = tuple(part for part in unicodedata.normalize("NFC", info.filename).split("/") if part not in ("", "."))
        if any(part[0] == "." or part.casefold() in _LEFT_BEHIND for part in parts):
            contents.skipped += not info.is_dir()
        elif info.is_dir():
            contents.folders.add(parts)
        else:
            contents.members.append(Member(info, parts))
    tops = {member.parts[0] for member in contents.members} | {folder[0] for folder in contents.folders if folder}
    is_nested = any(len(member.parts) > _LEAST_CLASSES for member in contents.members)
    if len(tops) == 1 and is_nested and all(len(member.parts) > 1 for member in contents.members):
        contents.members = [Member(member.info, member.parts[1:]) for member in contents.members]
        contents.folders = {folder[1:] for folder in contents.folders}
    contents.folders.discard(())
    contents.members.sort(key=lambda member: member.parts)
    return contents


def _check_columns(description: DatasetDescription, faults: FaultList) -> None:
    allowed = {IMAGE: "image", CLASS: "category"}
    for name, described in description.columns.items():
        if name not in allowed:
            message = (
                f"A zip of pictures has the columns `{IMAGE}` and `{CLASS}`. Remove this one from the description."
            )
            faults.add(FileFault("unknown_column", message, column=shown(name)))
        elif described.type != allowed[name]:
            message = (
                f"This column of a zip of pictures has the type `{allowed[name]}`. Remove it from the description."
            )
            faults.add(FileFault("type_of_picture", message, column=name))
    if description.target not in (None, CLASS):
        message = f"The target of a zip of pictures is its column `{CLASS}`. Leave `target` out."
        faults.add(FileFault("unknown_column", message, column=shown(description.target)))


def _check_folders(contents: Contents, faults: FaultList) -> None:
    """See that each picture is in the folder of its class."""
    depths = Counter(len(member.parts) for member in contents.members)
    beside = [member for member in contents.members if len(member.parts) == 1]
    deeper = [member for member in contents.members if len(member.parts) > _LEAST_CLASSES]
    for member in beside[:MOST_FAULTS]:
        message = "This file is beside the folders of classes. Move it into the folder of its class, or remove it."
        faults.add(FileFault("file_beside_classes", message, place=shown(member.info.filename)))
    for member in deeper[:MOST_FAULTS]:
        message = "This file is deeper than the folders of classes. Each class is one folder, without folders in it."
        faults.add(FileFault("unequal_depth", message, place=shown(member.info.filename)))
    used = {member.parts[0] for member in contents.members if len(member.parts) > 1}
    for folder in sorted(contents.folders):
        if len(folder) == 1 and folder[0] not in used:
            message = "The folder of this class has no pictures. Add some, or remove it."
            faults.add(FileFault("empty_class", message, place=shown(folder[0])))
    if len(used) < _LEAST_CLASSES and depths[_LEAST_CLASSES]:
        message = "All pictures are in one folder, so they have one class. Use a folder for each of several classes."
        faults.add(FileFault("one_class", message, place=shown(next(iter(used)))))


class _Writing:
    """Writes pictures, and counts what they are."""

    def __init__(self, folder: Path) -> None:
        self._bytes = ColumnFile(folder / "image.bytes", "|u1")
        self._offsets = ColumnFile(folder / "image.offsets", "<i8")
        self._sizes = ColumnFile(folder / "image.sizes", "<i4", (2,))
        self._modes = ColumnFile(folder / "image.modes", "|i1")
        self._classes = ColumnFile(folder / "class", "<i4")
        self._size_counts: Counter[tuple[int, int]] = Counter()
        self._mode_counts: Counter[str] = Counter()
        self._rows: list[tuple[int, int, int, int]] = []
        self._end = 0
        self._animated = self._transparent = 0
        self._offsets.add(np.zeros(1, dtype=np.int64))

    def take(self, data: bytes | None, member: Member, limits: ReadLimits, faults: FaultList) -> None:
        """One more picture, in the order of the rows."""
        if data is None:
            return
        try:
            picture = decode(data, limits.pixels)
        except NotDecoded as error:
            faults.add(_fault_of(error, data, member))
            return
        image = picture.image
        self._animated += picture.is_animated
        self._transparent += picture.is_transparent
        self._size_counts[image.size] += 1
        self._mode_counts[image.mode] += 1
        if not faults.faults:
            self._bytes.add_bytes(data)
            self._end += len(data)
            self._rows.append((self._end, *image.size, MODES.index(image.mode)))
            if len(self._rows) >= _BATCH:
                self._flush()

    def dataset(self, contents: Contents) -> ReadDataset:
        """All pictures were taken."""
        self._flush()
        names = sorted({member.parts[0] for member in contents.members})
        codes = {name: code for code, name in enumerate(names)}
        self._classes.add(np.array([codes[member.parts[0]] for member in contents.members], dtype=np.int32))
        counts = Counter(member.parts[0] for member in contents.members)
        rows = len(contents.members)
        columns = [
            self._image_column(rows),
            Column(
                name=CLASS,
                type="category",
                is_guessed=False,
                reason="The folder of each picture is its class.",
                rows=rows,
                missing=0,
                files={"": self._classes},
                values=tuple(names),
                counts=tuple(counts[name] for name in names),
            ),
        ]
        return ReadDataset("images", rows, columns, self._warnings(contents), classes=tuple(names))

    def _image_column(self, rows: int) -> Column:
        sizes = self._size_counts.most_common(_MOST_SIZES)
        return Column(
            name=IMAGE,
            type="image",
            is_guessed=False,
            reason="The files of the zip are pictures.",
            rows=rows,
            missing=0,
            files={".bytes": self._bytes, ".offsets": self._offsets, ".sizes": self._sizes, ".modes": self._modes},
            details={
                "modes": list(MODES),
                "mode_counts": {mode: self._mode_counts[mode] for mode in MODES if self._mode_counts[mode]},
                "sizes": [{"width": width, "height": height, "count": count} for (width, height), count in sizes],
                "distinct_sizes": len(self._size_counts),
            },
        )

    def _warnings(self, contents: Contents) -> Sequence[Warned]:
        found: list[Doubt] = []
        if contents.skipped:
            message = f"{contents.skipped:,} hidden files and files of operating systems were skipped."
            found.append(Doubt("skipped_files", message))
        if self._animated:
            message = f"{self._animated:,} pictures have several frames. Only the first one is used."
            found.append(Doubt("animated_pictures", message))
        if self._transparent:
            message = f"{self._transparent:,} pictures are transparent. White is put behind them."
            found.append(Doubt("transparent_pictures", message))
        return [Warned(doubt.code, IMAGE, doubt.message) for doubt in found]

    def _flush(self) -> None:
        if not self._rows:
            return
        rows = np.array(self._rows, dtype=np.int64)
        self._offsets.add(rows[:, 0])
        self._sizes.add(rows[:, 1:3])
        self._modes.add(rows[:, 3])
        self._rows.clear()


def _fault_of(error: NotDecoded, data: bytes, member: Member) -> FileFault:
    place = shown(member.info.filename)
    if error.code == "not_a_picture" and _ARCHIVES.match(data):
        message = "This is an archive within the zip. Unpack it, and make one zip of all pictures."
        return FileFault("nested_archive", message, place=place)
    return FileFault(error.code, error.message, place=place)


def check_kind(names: Sequence[str]) -> None:
    """See that a zip is not something else that is packed as one, by the names in it.

    Raises:
        FileFaulty: It is.
    """
    for marks, what in _OTHERS:
        if marks <= set(names):
            raise refusal("unsupported_format", f"The file is {what}.")
