"""What a zip of pictures holds, by its table of contents."""

import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest

from worker.reader.faults import MOST_FAULTS, FaultList, FileFault, refusal, shown

METADATA = ("metadata.csv", "metadata.jsonl")
"""A file of one of these names, beside the pictures or their folders, lists them."""

_LEFT_BEHIND = frozenset({".ds_store", "thumbs.db", "desktop.ini", "__macosx"})
_OTHERS = (
    (frozenset({"[Content_Types].xml"}), "an Office document. Save its table as CSV"),
    (frozenset({"mimetype", "content.xml"}), "an OpenDocument file. Save its table as CSV"),
    (frozenset({"META-INF/MANIFEST.MF"}), "a Java archive. Upload a zip with a folder of pictures for each class"),
)
_LEAST_CLASSES = 2
_WITH_FOLDER = 2


@dataclass(frozen=True)
class Member:
    """A file in the zip.

    Attributes:
        info: Where it is.
        parts: Its path, without a top folder that all have.
    """

    info: zipfile.ZipInfo
    parts: tuple[str, ...]

    @property
    def path(self) -> str:
        """Its path, as a list of pictures names it."""
        return "/".join(self.parts)


@dataclass
class Contents:
    """What a zip holds.

    Attributes:
        members: The pictures, by their names.
        folders: The folders that it names, in the same way.
        metadata: The file that lists the pictures, if there is one.
        skipped: How many files of operating systems are left out.
    """

    members: list[Member] = field(default_factory=list[Member])
    folders: set[tuple[str, ...]] = field(default_factory=set[tuple[str, ...]])
    metadata: Member | None = None
    skipped: int = 0


def contents_of(archive: zipfile.ZipFile) -> Contents:
    """What a zip of pictures holds.

    Raises:
        FileFaulty: Two files list its pictures.
    """
    contents = Contents()
    for info in archive.infolist():
        parts = path_of(info.filename)
        if any(part[0] == "." or part.casefold() in _LEFT_BEHIND for part in parts):
            contents.skipped += not info.is_dir()
        elif info.is_dir():
            contents.folders.add(parts)
        else:
            contents.members.append(Member(info, parts))
    _strip_top(contents)
    contents.folders.discard(())
    contents.members.sort(key=lambda member: member.parts)
    lists = [member for member in contents.members if member.path in METADATA]
    if len(lists) > 1:
        message = "The pictures are listed by `metadata.csv` and by `metadata.jsonl`. Remove one of them."
        raise refusal("two_lists", message, place=lists[1].path)
    if lists:
        contents.metadata = lists[0]
        contents.members.remove(lists[0])
    return contents


def path_of(name: str) -> tuple[str, ...]:
    """The parts of a path, whatever its characters are composed of."""
    return tuple(part for part in unicodedata.normalize("NFC", name).split("/") if part not in ("", "."))


def _strip_top(contents: Contents) -> None:
    """Leave out one folder that holds everything, unless it is the only class."""
    members = contents.members
    tops = {member.parts[0] for member in members} | {folder[0] for folder in contents.folders if folder}
    has_folders = any(len(member.parts) > _WITH_FOLDER or member.parts[1:] in _LISTS for member in members)
    if len(tops) == 1 and has_folders and all(len(member.parts) > 1 for member in members):
        contents.members = [Member(member.info, member.parts[1:]) for member in members]
        contents.folders = {folder[1:] for folder in contents.folders}


_LISTS = frozenset((name,) for name in METADATA)


def check_kind(names: Sequence[str]) -> None:
    """See that a zip is not something else that is packed as one, by the names in it.

    Raises:
        FileFaulty: It is.
    """
    for marks, what in _OTHERS:
        if marks <= set(names):
            raise refusal("unsupported_format", f"The file is {what}.")


def check_folders(contents: Contents, faults: FaultList) -> None:
    """See that each picture is in the folder of its class."""
    depths = Counter(len(member.parts) for member in contents.members)
    beside = [member for member in contents.members if len(member.parts) == 1]
    deeper = [member for member in contents.members if len(member.parts) > _WITH_FOLDER]
    if beside and len(beside) == len(contents.members):
        message = (
            "The pictures are in no folders, so nothing says what is in them. Put those of each class into a folder "
            "of its name, or add a `metadata.csv` with a column `file_name` and a column for each fact."
        )
        faults.add(FileFault("no_folders", message, place=shown(beside[0].info.filename)))
        return
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
    if len(used) < _LEAST_CLASSES and depths[_WITH_FOLDER]:
        message = "All pictures are in one folder, so they have one class. Use a folder for each of several classes."
        faults.add(FileFault("one_class", message, place=shown(next(iter(used)))))


def first_of_each_class(members: Sequence[Member], most: int) -> list[int]:
    """Places of pictures that show all classes: the first of each folder, then the second of each, and so on."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, member in enumerate(members):
        if len(places[member.parts[0]]) < most:
            places[member.parts[0]].append(place)
    turns = chain.from_iterable(zip_longest(*places.values()))
    return [place for place in turns if place is not None][:most]
