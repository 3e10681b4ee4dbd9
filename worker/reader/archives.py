"""Zip files, looked at before anything of them is unpacked; nothing is ever written to paths that they name."""

import stat
import struct
import unicodedata
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from spec.datasets.read_limits import ReadLimits
from worker.reader.faults import FaultList, FileFault, FileFaulty, refusal, shown

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_LONGEST_COMMENT = 2**16
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1
_SMALL_BYTES = 2**20
_IN_64 = (0xFFFF, 0xFFFFFFFF)
_LOCAL_BYTES = 30


def check_end(path: Path, limits: ReadLimits) -> None:
    """See how large the table of contents is, before it is read.

    Raises:
        FileFaulty: It is too large, or missing.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _END.size - _LONGEST_COMMENT))
        tail = file.read()
        place = tail.rfind(b"PK\x05\x06")
        if place < 0 or place + _END.size > len(tail):
            raise damaged()
        members, names_bytes = _END.unpack_from(tail, place)[4:6]
        if members == _IN_64[0] or names_bytes == _IN_64[1]:
            members, names_bytes = _in_64(file, tail[max(0, place - _LOCATOR.size) : place], members, names_bytes)
    if members > limits.members or names_bytes > min(limits.names_bytes, size):
        raise _too_many(members, limits)


def _in_64(file: IO[bytes], locator: bytes, members: int, names_bytes: int) -> tuple[int, int]:
    if len(locator) < _LOCATOR.size or not locator.startswith(b"PK\x06\x07"):
        return members, names_bytes
    file.seek(_LOCATOR.unpack(locator)[2])
    record = file.read(_END_64.size)
    if len(record) < _END_64.size or not record.startswith(b"PK\x06\x06"):
        raise damaged()
    return _END_64.unpack(record)[7:9]


def _too_many(members: int, limits: ReadLimits) -> FileFaulty:
    message = (
        f"The zip names {members:,} files, and a data set can have at most {limits.members:,}. "
        "Split it, or upload the pictures as an array in an NPZ."
    )
    return refusal("too_many_files", message)


def damaged(place: str | None = None) -> FileFaulty:
    """What is said of a zip that cannot be read."""
    return refusal("damaged_zip", "The zip is damaged, or not complete. Upload it again.", place=place)


def opened(path: Path, limits: ReadLimits) -> zipfile.ZipFile:
    """A zip whose table of contents can be trusted to be bounded.

    Raises:
        FileFaulty: It is damaged, or too large.
    """
    check_end(path, limits)
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error):
        raise damaged() from None


def check_members(archive: zipfile.ZipFile, path: Path, limits: ReadLimits) -> None:
    """See that no member is a danger, by the table of contents alone.

    Raises:
        FileFaulty: One is, or all of them together are.
    """
    faults = FaultList()
    members = archive.infolist()
    if len(members) > limits.members:
        raise _too_many(len(members), limits)
    seen: set[str] = set()
    for member in members:
        name = unicodedata.normalize("NFC", member.filename)
        for code, message in _dangers(member):
            faults.add(FileFault(code, message, place=shown(member.filename)))
        if name in seen:
            message = "Two files of the zip have this name. Rename or remove one."
            faults.add(FileFault("duplicate_file", message, place=shown(member.filename)))
        seen.add(name)
    _check_sizes(members, path.stat().st_size, limits, faults)
    faults.raise_any()


def _dangers(member: zipfile.ZipInfo) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    # Python replaces backslashes only on Windows; the name as it is stored may hold a zero, too.
    stored = member.orig_filename
    parts = stored.replace("\\", "/").split("/")
    if "\x00" in stored or "\\" in stored or stored.startswith("/") or ".." in parts or stored[1:2] == ":":
        message = "The path of this file leads out of the zip, or has a backslash. Make the zip of a folder again."
        found.append(("unsafe_path", message))
    mode = member.external_attr >> 16
    if stat.S_ISLNK(mode) or (stat.S_IFMT(mode) and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)):
        message = "This is a link or a device, not a file. Replace it by the file itself."
        found.append(("not_a_file", message))
    if member.flag_bits & _ENCRYPTED:
        found.append(("encrypted_file", "This file is encrypted. Make the zip again without a password."))
    if member.compress_type not in _METHODS:
        message = "This file is compressed by an unusual method. Make the zip again with the usual one (deflate)."
        found.append(("unsupported_compression", message))
    return found


def _check_sizes(members: Sequence[zipfile.ZipInfo], size: int, limits: ReadLimits, faults: FaultList) -> None:
    total = sum(member.file_size for member in members)
    if total > limits.unpacked_bytes or total > max(size * limits.ratio, _SMALL_BYTES):
        message = (
            f"The zip of {size:,} bytes unpacks to {total:,} bytes, which is more than is read of one file. "
            "Upload fewer files, or store them without so much compression."
        )
        faults.add(FileFault("unpacks_too_large", message))
    end = 0
    for member in sorted(members, key=lambda one: one.header_offset):
        if member.header_offset < end or member.header_offset + _LOCAL_BYTES + member.compress_size > size:
            message = "The places of files in the zip overlap, or lie beyond its end. Make the zip again."
            faults.add(FileFault("damaged_zip", message, place=shown(member.filename)))
            return
        end = member.header_offset + _LOCAL_BYTES + member.compress_size
