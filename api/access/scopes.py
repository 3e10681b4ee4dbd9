"""What each call asks of a key: what the resources declare, closed by default."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.keys.scopes import Scope

OPEN = frozenset({"/", "/docs", "/openapi.json"})
"""Paths that nobody is asked for a key at, beside those that resources declare: what is the same for everybody."""
OPEN_BELOW = "/assets/"
"""All paths below it are open likewise: files of the page, which asks for a key itself."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Asked:
    """What the calls at a path, and at all paths below it, ask of a key.

    Attributes:
        reading: The scope of calls that only read.
        changing: The scope of all others.
    """

    reading: Scope
    changing: Scope


BY_METHOD = Asked(Scope.READ, Scope.SUBMIT)
READING_ALONE = Asked(Scope.READ, Scope.READ)
"""Also where a body is sent: nothing is changed by it."""
ADMIN_ALONE = Asked(Scope.ADMIN, Scope.ADMIN)


class Scopes:
    """The scope of each call.

    Args:
        asked: What is asked below which path; of several that fit, the longest counts.
        open_paths: Where nobody is asked for a key, beside `OPEN`.
    """

    def __init__(self, asked: Mapping[str, Asked], open_paths: Collection[str] = ()) -> None:
        self._asked = [(path, f"{path}/", asked[path]) for path in sorted(asked, key=len, reverse=True)]
        self.open_paths = OPEN | set(open_paths)

    def scope_of(self, method: str, path: str) -> Scope | None:
        """The scope that a call asks for; None if it is open to everybody.

        Where no resource says what it asks there is nothing (see `api.resource.gathered`), as is then told.
        """
        if self._is_open(path):
            return None
        asked = self._asked_at(path) or BY_METHOD
        return asked.reading if method.upper() in _READING else asked.changing

    def is_claimed(self, path: str) -> bool:
        """Whether it is said what calls at this path ask."""
        return self._is_open(path) or self._asked_at(path) is not None

    def _is_open(self, path: str) -> bool:
        return path in self.open_paths or path.startswith(OPEN_BELOW)

    def _asked_at(self, path: str) -> Asked | None:
        """What is asked there: whole segments count."""
        for root, below, asked in self._asked:
            if path == root or path.startswith(below):
                return asked
        return None
