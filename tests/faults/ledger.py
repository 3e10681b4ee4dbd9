"""What the rows report, and the table that is made of it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.matrix import MATRIX

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
_TABLE = ("<!-- table: written by `make faults` -->", "<!-- end of table -->")
SOAK = ("<!-- soak: written by `make soak` -->", "<!-- end of soak -->")
_HEAD = "| # | fault | promise | tried | violations | measured | with a part removed |\n|--:|---|---|--:|--:|---|---|\n"
_LINE = re.compile(r"\| (\d+) \|")


@dataclass
class Tally:
    """One row's account.

    Attributes:
        tried: How often the fault was brought about.
        violations: What the oracle found.
        figures: What was measured beside.
        counterproofs: The parts that were taken out, and what turned red then.
    """

    tried: int = 0
    violations: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    counterproofs: list[str] = field(default_factory=list)

    def note(self, violations: Iterable[str], *, tried: int = 1) -> None:
        """The fault was brought about, this was found; anything found fails the test."""
        self.tried += tried
        found = list(violations)
        self.violations += found
        assert not found, "\n".join(found)

    def measured(self, figure: str) -> None:
        """A figure that belongs into the table."""
        self.figures.append(figure)

    def turned_red(self, part: str, violations: Iterable[str], *, letters: str) -> None:
        """Without the part there must be a violation of one of these letters."""
        found = list(violations)
        red = sorted({violation.split(":")[0] for violation in found} & set(letters.split()))
        assert red, f"without the {part} nothing of {letters} is violated: {found}"
        self.counterproofs.append(f"{part}: {' '.join(red)} red")


class Ledger:
    """All rows' accounts."""

    def __init__(self) -> None:
        self.tallies: dict[int, Tally] = {}

    def tally(self, row: int) -> Tally:
        """The row's account, opened when it is asked for first."""
        return self.tallies.setdefault(row, Tally())

    def lines(self) -> dict[int, str]:
        """The table's lines of the rows that were tried."""
        lines: dict[int, str] = {}
        for number, tally in sorted(self.tallies.items()):
            row = MATRIX[number]
            cells = (
                row.fault,
                row.promise,
                f"{tally.tried:,}",
                str(len(tally.violations)),
                "; ".join(dict.fromkeys(tally.figures)),
                "; ".join(dict.fromkeys(tally.counterproofs)),
            )
            lines[number] = f"| {number} | {' | '.join(cells)} |"
        return lines

    def table(self) -> str:
        """All of it, as Markdown."""
        return _HEAD + "\n".join(self.lines().values()) + "\n"

    def write(self, document: Path = DOCUMENT) -> None:
        """Put the lines of the rows that were tried into the document; the others stay."""
        old = section(document, _TABLE)
        lines = {int(found[1]): line for line in old.splitlines() if (found := _LINE.match(line))} | self.lines()
        replace_section(document, _TABLE, _HEAD + "\n".join(line for _, line in sorted(lines.items())))


def section(document: Path, markers: tuple[str, str]) -> str:
    """What stands between the markers."""
    return document.read_text().split(markers[0])[1].split(markers[1])[0]


def replace_section(document: Path, markers: tuple[str, str], text: str) -> None:
    """Put something else between the markers."""
    before, rest = document.read_text().split(markers[0])
    after = rest.split(markers[1])[1]
    document.write_text(f"{before}{markers[0]}\n{text}\n{markers[1]}{after}")
