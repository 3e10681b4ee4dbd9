"""What every source of rows is."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from worker.trainer.data.folders import folders
from worker.trainer.sources.rows import RawRows


class Source(ABC):
    """Where the rows of a data set come from: a format, and where files of it lie."""

    @property
    def version(self) -> str:
        """What tells its rows from others that the data set's name may stand for; empty where there are none."""
        return ""

    @abstractmethod
    def load(self) -> RawRows:
        """Read its rows.

        Raises:
            Exception: Of whatever kind, if its files are neither here nor to be had, or are damaged.
        """

    @abstractmethod
    def stamp(self) -> str | None:
        """What changes whenever its files do; None where none of them is here."""


@dataclass(frozen=True)
class FolderSource(Source):
    """A source whose files lie in one of the folders of `worker.trainer.data.folders`.

    Attributes:
        names: Files or folders that hold them, as they are called there.
    """

    names: tuple[str, ...]

    def stamp(self) -> str | None:
        """Of what lies in any of the folders."""
        return stamp_of(folder / name for name in self.names for folder in folders())


def stamp_of(places: Iterable[Path]) -> str | None:
    """Names, sizes and times of these files and of all in these folders; None where there is none."""
    files = sorted(file for place in places for file in [place, *place.rglob("*")] if file.is_file())
    found = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return repr(found) if found else None
