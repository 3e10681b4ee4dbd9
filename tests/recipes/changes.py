"""CONTRIBUTING's table of where a change goes."""

import re
from dataclasses import dataclass

from tests.recipes.tree import PAGE

_PATH = re.compile(r"`([a-z_]+(?:/[\w.]+)*)`")


@dataclass(frozen=True)
class Row:
    """Where one kind of change goes.

    Attributes:
        most: How many files it needs at most.
        paths: The files and folders that are named.
    """

    most: int
    paths: tuple[str, ...]

    def covers(self, file: str) -> bool:
        """Whether the file is named, or lies in a folder that is."""
        return any(file == path or file.startswith(f"{path}/") for path in self.paths)


def table() -> dict[str, Row]:
    """The rows by the change that they are about."""
    _, _, behind = PAGE.read_text().partition("## Where a change goes\n")
    lines = [line for line in behind.partition("\n## ")[0].splitlines() if line.startswith("| A ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {change: Row(int(most), tuple(_PATH.findall(files))) for change, most, files in cells}
