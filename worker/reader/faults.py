"""What is wrong with a file: every fault with its place and a way out, a hundred of them at most."""

from dataclasses import asdict, dataclass, field
from typing import Any

MOST_FAULTS = 100
LONGEST_VALUE = 100
"""Characters of a value that are shown."""


@dataclass(frozen=True)
class FileFault:
    """One thing that is wrong with a file.

    Attributes:
        code: Stable and snake_case.
        message: Sentences that state the fault and the way out.
        line: Where it is in a text file, from 1.
        column: The name of the column.
        value: The value that does not fit, as it was written; of a long one, the beginning.
        place: Where it is in any other file: a row, an array, a file in the zip.
    """

    code: str
    message: str
    line: int | None = None
    column: str | None = None
    value: str | None = None
    place: str | None = None

    def document(self) -> dict[str, Any]:
        """As JSON, without what is not known."""
        return {name: value for name, value in asdict(self).items() if value is not None}


class FileFaulty(Exception):
    """A file cannot be read; its faults say why, and how many more there are than are kept."""

    def __init__(self, faults: list[FileFault], more: int = 0) -> None:
        super().__init__(faults[0].message)
        self.faults = faults
        self.more = more


def refusal(  # noqa: PLR0913 -- all but two by keyword
    code: str,
    message: str,
    *,
    line: int | None = None,
    column: str | None = None,
    value: str | None = None,
    place: str | None = None,
) -> FileFaulty:
    """What to raise where one fault ends the reading."""
    return FileFaulty([FileFault(code, message, line, column, shown(value), place)])


def shown(value: str | None) -> str | None:
    """A value as a fault shows it: what cannot be encoded is escaped, and a long one is cut."""
    if value is None:
        return None
    clean = value.encode("utf-8", "backslashreplace").decode()
    return clean if len(clean) <= LONGEST_VALUE else clean[: LONGEST_VALUE - 1] + "…"


@dataclass
class FaultList:
    """Collects faults; those beyond the hundredth are only counted."""

    faults: list[FileFault] = field(default_factory=list[FileFault])
    more: int = 0

    def add(self, fault: FileFault) -> None:
        """Keep one more, or count it."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)
        else:
            self.more += 1

    def add_uncounted(self, count: int) -> None:
        """There are so many more, whose places nobody asks for."""
        self.more += count

    @property
    def room(self) -> int:
        """How many more are kept."""
        return MOST_FAULTS - len(self.faults)

    def raise_any(self) -> None:
        """End the reading if there are any.

        Raises:
            FileFaulty: There are.
        """
        if self.faults:
            raise FileFaulty(self.faults, self.more)
