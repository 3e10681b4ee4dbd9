"""The nearest right spelling of a wrong name, found with a bounded amount of work for one body."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Indel

MOST_WORK = 500_000_000
"""Pairs of characters that may be compared for all suggestions of one body: some 20 ms, at 64 pairs an instruction.

What is asked for after that gets none. The longest list of fields that the language has is compared 10,000 times
before it comes to this.
"""

LONGEST_WORD = 100
"""Characters of a wrong name that are looked at; messages show no more."""

LONGEST_NAME = 128
"""Characters of a known name that can be suggested: nothing that is looked at is near a longer one."""

_SHORTEST_BEGINNING = 3
_LEAST_LIKENESS = 0.6 - 1e-9


@dataclass(slots=True)
class Work:
    """What the suggestions of one body may still cost.

    Attributes:
        left: Pairs of characters.
    """

    left: int = MOST_WORK

    def is_granted(self, pairs: int) -> bool:
        """Whether there is so much left; if so, it is spent."""
        if pairs > self.left:
            self.left = 0
            return False
        self.left -= pairs
        return True


_work: ContextVar[Work | None] = ContextVar("work of suggestions", default=None)


@contextmanager
def bounded_suggestions() -> Generator[Work]:
    """One budget for all suggestions that are looked for meanwhile; within another one, that one's."""
    outer = _work.get()
    work = Work() if outer is None else outer
    token = _work.set(work)
    try:
        yield work
    finally:
        _work.reset(token)


def nearest(word: object, known: Iterable[str]) -> str | None:
    """The known name that ``word`` most likely stands for, or None; None too where the budget is used up.

    Case and underscores are ignored first (``dense`` is ``Dense``, ``relu_6`` is ``relu6``), then the longest common
    subsequence decides: twice its length must be 0.6 of both lengths. A word that nothing is like may be the beginning
    of one name (``acc`` is ``accuracy``).
    """
    if not isinstance(word, str):
        return None
    names = [name for name in known if len(name) <= LONGEST_NAME]
    shown = word[:LONGEST_WORD]
    if not (_work.get() or Work()).is_granted((1 + len(shown)) * sum(map(len, names))):
        return None
    folded: dict[str, list[str]] = {}
    for name in names:
        folded.setdefault(_folded(name), []).append(name)
    plain = _folded(shown)
    close = plain if plain in folded else _most_like(plain, list(folded)) or _begun_by(plain, list(folded))
    # ``he_normal`` and ``HeNormal`` are one when folded: the one that is spelled more alike is meant.
    return None if close is None else _most_like(shown, folded[close], least=0.0)


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


def _most_like(word: str, names: list[str], *, least: float = _LEAST_LIKENESS) -> str | None:
    found = process.extractOne(word, names, scorer=Indel.normalized_similarity, score_cutoff=least)
    return None if found is None else found[0]


def _begun_by(word: str, names: list[str]) -> str | None:
    begun = [name for name in names if len(word) >= _SHORTEST_BEGINNING and name.startswith(word)]
    return begun[0] if len(begun) == 1 else None
