"""The column of pictures: every one is decoded once, and its encoded bytes are kept."""

import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from spec.datasets.read_limits import ReadLimits
from worker.pictures.decoding import MODES, NotDecoded, bombs_refused, decode
from worker.reader.archives import damaged
from worker.reader.columns.column import Column
from worker.reader.columns.files import ColumnFile
from worker.reader.dataset import Warned
from worker.reader.faults import FaultList, FileFault, shown
from worker.reader.images.contents import Contents, Member
from worker.reader.images.thumbnails import thumbnail_of
from worker.reader.previews import Shown
from worker.reader.table import SignOfLife

IMAGE = "image"
"""What the column is called."""

_ARCHIVES = re.compile(rb"PK\x03\x04|\x1f\x8b|7z\xbc\xaf|Rar!|BZh|\xfd7zXZ")
_MOST_SIZES = 100
_BATCH = 256


class PictureWriting:
    """Writes pictures, and counts what they are.

    Args:
        archive: The zip.
        folder: Where they are written.
        limits: What bounds them.
        shown: Places of those that a preview shows.

    Attributes:
        previews: What is shown of them, by their places.
    """

    def __init__(self, archive: zipfile.ZipFile, folder: Path, limits: ReadLimits, shown: Collection[int]) -> None:
        self.previews: dict[int, Shown] = {}
        self._archive = archive
        self._limits = limits
        self._shown = frozenset(shown)
        self._bytes = ColumnFile(folder / "image.bytes", "|u1")
        self._offsets = ColumnFile(folder / "image.offsets", "<i8")
        self._sizes = ColumnFile(folder / "image.sizes", "<i4", (2,))
        self._modes = ColumnFile(folder / "image.modes", "|i1")
        self._size_counts: Counter[tuple[int, int]] = Counter()
        self._mode_counts: Counter[str] = Counter()
        self._rows: list[tuple[int, int, int, int]] = []
        self._end = 0
        self._animated = self._transparent = 0
        self._offsets.add(np.zeros(1, dtype=np.int64))

    def take_all(self, members: Sequence[Member], faults: FaultList, sign_of_life: SignOfLife) -> None:
        """Read all pictures, in the order of the rows; what is wrong with them is noted."""
        with bombs_refused():
            for place, member in enumerate(members):
                data = self._read(member, faults)
                if data is not None:
                    self._take(place, data, member, faults)
                if place % _BATCH == 0:
                    sign_of_life()
        self._flush()

    def column(self, rows: int) -> Column:
        """The column; all pictures were taken."""
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

    def warnings(self, contents: Contents) -> list[Warned]:
        """What is doubtful about them."""
        told = (
            ("skipped_files", contents.skipped, "hidden files and files of operating systems were skipped."),
            ("animated_pictures", self._animated, "pictures have several frames. Only the first one is used."),
            ("transparent_pictures", self._transparent, "pictures are transparent. White is put behind them."),
        )
        return [Warned(code, IMAGE, f"{count:,} {message}") for code, count, message in told if count]

    def _read(self, member: Member, faults: FaultList) -> bytes | None:
        try:
            return self._archive.read(member.info)
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError):
            faults.add(damaged(shown(member.info.filename)).faults[0])
            return None

    def _take(self, place: int, data: bytes, member: Member, faults: FaultList) -> None:
        try:
            picture = decode(data, self._limits.pixels)
        except NotDecoded as error:
            faults.add(_fault_of(error, data, member))
            return
        image = picture.image
        self._animated += picture.is_animated
        self._transparent += picture.is_transparent
        self._size_counts[image.size] += 1
        self._mode_counts[image.mode] += 1
        if faults.faults:
            return
        if place in self._shown:
            self.previews[place] = {"width": image.width, "height": image.height, "thumbnail": thumbnail_of(image)}
        self._bytes.add_bytes(data)
        self._end += len(data)
        self._rows.append((self._end, *image.size, MODES.index(image.mode)))
        if len(self._rows) >= _BATCH:
            self._flush()

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
