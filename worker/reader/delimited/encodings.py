"""Characters: files are UTF-8 unless it was described otherwise, and nothing is guessed."""

import codecs
import re
from pathlib import Path
from typing import NamedTuple

from worker.reader.faults import FileFaulty, refusal

UTF8 = "utf-8"
_PIECE_BYTES = 2**20
_LOOKED_AT_BYTES = 4096
_MOST_ZEROS_SHARE = 0.1


def as_utf8(path: Path, encoding: str, folder: Path) -> Path:
    """The file in UTF-8: itself, or a copy in this folder.

    Raises:
        FileFaulty: It is not in the encoding that was described.
    """
    if encoding == UTF8:
        return path
    copy = folder / "utf8.csv"
    decoder = codecs.getincrementaldecoder(encoding)()
    read = 0
    with path.open("rb") as source, copy.open("w", encoding=UTF8, newline="") as target:
        while True:
            piece = source.read(_PIECE_BYTES)
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                raise _not_encoded(encoding, read - pending + error.start) from None
            target.write(text.lstrip("\ufeff") if read == 0 else text)
            read += len(piece)
            if not piece:
                return copy


class Marks(NamedTuple):
    """What the bytes of a file show.

    Attributes:
        quotations: How many quotation marks there are.
        may_have_blank_lines: Whether two lines end without anything in between, or the first one is empty. What looks
            like one may be in quotation marks. A blank line at the very end is none.
    """

    quotations: int
    may_have_blank_lines: bool


def marks_of(path: Path) -> Marks:
    """Look at all bytes of a file, which must be UTF-8.

    Arrow says neither where a file is something else nor, of rows that it skips, that they are.

    Raises:
        FileFaulty: A byte is not UTF-8.
    """
    decoder = codecs.getincrementaldecoder(UTF8)()
    read = count = 0
    end, is_blank = _end_of(path)
    before = b"\n"
    with path.open("rb") as source:
        while True:
            piece = source.read(_PIECE_BYTES)
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                raise _not_utf8(path, read - pending + error.start) from None
            count += piece.count(b'"')
            if not is_blank:
                first = len(codecs.BOM_UTF8) if not read and piece.startswith(codecs.BOM_UTF8) else 0
                is_blank = _has_blank_line(before, piece, first, end - read)
                before = piece[-2:]
            read += len(piece)
            if not piece:
                return Marks(count, is_blank)


def _has_blank_line(before: bytes, piece: bytes, first: int, end: int) -> bool:
    """Whether there is what may be a blank line in a piece, from its first byte to its end, or where it begins.

    Args:
        before: The bytes before it.
        piece: Some of the file.
        first: Its first byte that counts.
        end: Behind the last that does; it may be negative.
    """
    if end <= first:
        return False
    # Each search for two bytes takes as long as all the rest that is done here; for one byte, hardly any time.
    marks = (b"\n\n", b"\n\r", b"\r\r") if b"\r" in piece else (b"\n\n",)
    border = before + piece[first : min(first + 2, end)]
    return any(piece.find(mark, first, end) >= 0 or mark in border for mark in marks)


_LOOKED_BACK_BYTES = 64


def _end_of(path: Path) -> tuple[int, bool]:
    """Where what is written in a file ends, and whether blank lines follow, beside one at the very end."""
    ends = _last_ends(path)
    return path.stat().st_size - len(b"".join(ends)), len(ends) > _ENDS_OF_A_FILE


def ends_with_blank_line(path: Path) -> bool:
    """Whether the last line of a file is blank."""
    return len(_last_ends(path)) >= _ENDS_OF_A_FILE


def _last_ends(path: Path) -> list[bytes]:
    """The ends of lines with which a file ends, or some of them if there are many."""
    with path.open("rb") as source:
        source.seek(max(0, path.stat().st_size - _LOOKED_BACK_BYTES))
        tail = source.read()
    return re.findall(rb"\r\n|\r|\n", tail[len(tail.rstrip(b"\r\n")) :])


_ENDS_OF_A_FILE = 2
"""Of its last line, and of a blank one after it."""


def likely_encoding(path: Path) -> str:
    """What a file that is not UTF-8 may be."""
    with path.open("rb") as file:
        beginning = file.read(_LOOKED_AT_BYTES)
    zeros = beginning.count(0)
    is_wide = beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return "utf-16" if is_wide or zeros > _MOST_ZEROS_SHARE * len(beginning) else "cp1252"


def _not_utf8(path: Path, offset: int) -> FileFaulty:
    likely = likely_encoding(path)
    message = (
        f"The file is not in UTF-8. Save it in UTF-8, or describe its encoding in `dialect`, perhaps as `{likely}`."
    )
    return refusal("invalid_encoding", message, line=_line_of(path, offset), place=f"byte {offset}")


def _line_of(path: Path, offset: int) -> int:
    line, left = 1, offset
    with path.open("rb") as source:
        while left and (piece := source.read(min(left, _PIECE_BYTES))):
            line += piece.count(b"\n")
            left -= len(piece)
    return line


def _not_encoded(encoding: str, offset: int) -> FileFaulty:
    message = f"The file is not in the encoding `{encoding}` that was described. Describe its encoding in `dialect`."
    return refusal("invalid_encoding", message, place=f"byte {offset}")
