"""Characters: files are UTF-8 unless it was described otherwise, and nothing is guessed."""

import codecs
from pathlib import Path

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


def quotation_marks(path: Path) -> int:
    """How many quotation marks there are in a file, all of which must be UTF-8.

    Arrow says neither where a file is something else nor, of rows that it skips, that they are.

    Raises:
        FileFaulty: A byte is not UTF-8.
    """
    decoder = codecs.getincrementaldecoder(UTF8)()
    read = count = 0
    with path.open("rb") as source:
        while True:
            piece = source.read(_PIECE_BYTES)
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                raise _not_utf8(path, read - pending + error.start) from None
            count += piece.count(b'"')
            read += len(piece)
            if not piece:
                return count


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
