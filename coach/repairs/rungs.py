"""How long candidates train before the worse of them are left: successive halving.

Source: Jamieson and Talwalkar (2016), Non-stochastic Best Arm Identification and Hyperparameter Optimization. As there,
each rung costs the same; here the last one, which the best candidate trains alone to its full length, takes what is
left.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

BUDGET = 2
"""All candidates together train at most so many times the epochs of the original."""


@dataclass(frozen=True)
class Rung:
    """A part of the race.

    Attributes:
        candidates: How many train in it: the best of those before.
        epochs: Until when, counted from the beginning of each; None until its end.
    """

    candidates: int
    epochs: int | None


def rungs(candidates: int, epochs: int, longest: int) -> list[Rung]:
    """The race of as many of these candidates as the budget has room for; the first of them, where not for all.

    Args:
        candidates: How many there are.
        epochs: Of the original.
        longest: The most epochs that a candidate has.

    Returns:
        In order. There is none if there are no candidates, or the budget is too small for the longest.
    """
    for racing in range(candidates, 0, -1):
        for sizes in _sizes(racing):
            race = _race(sizes, epochs, longest)
            if cost(race, longest) <= BUDGET * epochs:
                return race
    return []


def cost(race: Sequence[Rung], longest: int) -> int:
    """How many epochs all candidates of a race train together, at most."""
    total, before = 0, 0
    for rung in race:
        until = longest if rung.epochs is None else rung.epochs
        total += rung.candidates * (until - before)
        before = until
    return total


def _sizes(candidates: int) -> Iterator[list[int]]:
    """How many train in each rung: half as many each time or, where that takes too long, steeper."""
    sizes = [candidates]
    while sizes[-1] > 1:
        sizes.append(-(-sizes[-1] // 2))
    while True:
        yield sizes
        if len(sizes) <= 2:  # noqa: PLR2004 -- all, and the best of them
            return
        sizes = [sizes[0], *sizes[2:]]


def _race(sizes: Sequence[int], epochs: int, longest: int) -> list[Rung]:
    """The rungs ahead of the last one cost the same, and as much together as they can."""
    ahead = sizes[:-1]
    reach = sum(1 / size for size in ahead)
    if not ahead:
        return [Rung(1, None)]
    each = max(0.0, min((BUDGET * epochs - longest) / (len(ahead) - reach), longest / reach))
    ends = [max(1, int(end + 1e-9)) for end in itertools.accumulate(each / size for size in ahead)]
    race: list[Rung] = []
    for size, end in zip(ahead, ends, strict=True):
        if race and race[-1].epochs == end:
            continue  # a rung without an epoch
        race.append(Rung(size, end))
        if end >= longest:
            return [*race[:-1], Rung(size, None)]
    return [*race, Rung(1, None)]
