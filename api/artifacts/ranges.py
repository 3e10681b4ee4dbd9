"""One byte range of a file, as RFC 9110 (section 14) reads the Range header."""

import re
from dataclasses import dataclass

from api.answers.errors import RangeUnsatisfiable

_ONE_RANGE = re.compile(r"\s*bytes\s*=\s*(?:(\d{1,19})-(\d{0,19})|-(\d{1,19}))\s*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class ByteRange:
    """Bytes ``first`` to ``last``, both counted, from 0."""

    first: int
    last: int

    @property
    def length_bytes(self) -> int:
        """How many bytes it holds."""
        return self.last - self.first + 1


def parse_range(header: str | None, size_bytes: int) -> ByteRange | None:
    """The range a request asks for, cut to the file's end; None where the whole file is to be sent.

    Several ranges at once, other units and what is no range are passed over, as the RFC allows and asks.

    Raises:
        RangeUnsatisfiable: If the range starts behind the end, or is of no length.
    """
    match = _ONE_RANGE.fullmatch(header or "")
    if match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        wanted = ByteRange(max(0, size_bytes - int(suffix)), size_bytes - 1)
    else:
        wanted = ByteRange(int(first), min(int(last), size_bytes - 1) if last else size_bytes - 1)
        if last and int(last) < wanted.first:
            return None
    if wanted.first >= size_bytes or wanted.length_bytes < 1:
        raise RangeUnsatisfiable(size_bytes)
    return wanted
