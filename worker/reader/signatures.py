"""What a file is, by its first bytes: its name counts for nothing."""

import codecs
from pathlib import Path
from typing import Literal

from worker.reader.faults import FileFaulty, refusal

Kind = Literal["text", "parquet", "npy", "zip"]

_LOOKED_AT_BYTES = 4096
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8)

_READ: tuple[tuple[bytes, Kind], ...] = (
    (b"PAR1", "parquet"),
    (b"\x93NUMPY", "npy"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
)

_AS_TABLE = "Save the table as CSV or Parquet."
_REFUSED: tuple[tuple[bytes, str, str], ...] = (
    (b"PARE", "an encrypted Parquet file", "Save it without encryption."),
    (b"\x1f\x8b", "compressed with gzip", "Upload it uncompressed."),
    (b"BZh", "compressed with bzip2", "Upload it uncompressed."),
    (b"\xfd7zXZ\x00", "compressed with xz", "Upload it uncompressed."),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard", "Upload it uncompressed."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Upload pictures as a zip, and tables uncompressed."),
    (b"Rar!", "a RAR archive", "Upload pictures as a zip, and tables uncompressed."),
    (b"\x80\x02", "a Python pickle", "Save arrays with `numpy.savez`, and tables as Parquet."),
    (b"\x80\x03", "a Python pickle", "Save arrays with `numpy.savez`, and tables as Parquet."),
    (b"\x80\x04", "a Python pickle", "Save arrays with `numpy.savez`, and tables as Parquet."),
    (b"\x80\x05", "a Python pickle", "Save arrays with `numpy.savez`, and tables as Parquet."),
    (b"\x89HDF", "an HDF5 file", "Save arrays with `numpy.savez`, and tables as Parquet."),
    (b"ARROW1", "an Arrow (Feather) file", "Save the table as Parquet."),
    (b"ORC", "an ORC file", "Save the table as Parquet."),
    (b"Obj\x01", "an Avro file", "Save the table as Parquet."),
    (b"SQLite format 3", "a SQLite database", _AS_TABLE),
    (b"\xd0\xcf\x11\xe0", "an old Office document", _AS_TABLE),
    (b"%PDF", "a PDF document", _AS_TABLE),
    (b"\x7fELF", "a program", _AS_TABLE),
    (b"MZ\x90", "a program", _AS_TABLE),
    (b"\x89PNG", "a single picture", "Upload a zip with a folder of pictures for each class."),
    (b"\xff\xd8\xff", "a single picture", "Upload a zip with a folder of pictures for each class."),
    (b"GIF8", "a single picture", "Upload a zip with a folder of pictures for each class."),
    (b"<!DOCTYPE", "a web page", _AS_TABLE),
    (b"<html", "a web page", _AS_TABLE),
    (b"<?xml", "an XML document", _AS_TABLE),
    (b"{", "a JSON document", _AS_TABLE),
    (b"[{", "a JSON document", _AS_TABLE),
)
"""How files begin that are no data set here, what they are, and the way out."""


def kind_of(path: Path) -> Kind:
    """What a file is; whatever has no signature is text.

    Raises:
        FileFaulty: It is empty, or something that is not read.
    """
    with path.open("rb") as file:
        beginning = file.read(_LOOKED_AT_BYTES)
    if not beginning:
        raise refusal("empty_file", "The file is empty. Upload a file with rows.")
    for signature, kind in _READ:
        if beginning.startswith(signature):
            return kind
    for signature, what, way in _REFUSED:
        if beginning.startswith(signature):
            raise refusal("unsupported_format", f"The file is {what}, which is not read here. {way}")
    if beginning[257:262] == b"ustar":
        raise refusal("unsupported_format", "The file is a tar archive, which is not read here. Upload a zip.")
    if not beginning.startswith(_MARKS) and _is_binary(beginning):
        raise _unknown()
    return "text"


def _is_binary(beginning: bytes) -> bool:
    """Whether it has control characters that no text has, but for the zeros of a wide encoding."""
    odd = sum(beginning.count(code) for code in (*range(1, 9), *range(14, 27), 28, 29, 30, 31))
    even, uneven = beginning[::2].count(0), beginning[1::2].count(0)
    is_wide = max(even, uneven) > len(beginning) // 4 and min(even, uneven) < len(beginning) // 100 + 1
    return odd > len(beginning) // 50 or (even + uneven > 0 and not is_wide)


def _unknown() -> FileFaulty:
    message = (
        "The file is of no format that is read here. Upload CSV, TSV, Parquet, NPY, NPZ, or a zip with a folder of "
        "pictures for each class."
    )
    return refusal("unsupported_format", message, place="byte 0")
