"""What cannot be done keeps nothing else from being done, and is tried again ever more seldom."""

from collections.abc import Sequence

import pytest

from background import rounds as policy
from background.rounds import PAGE, Rounds, Setbacks


class Pile:
    """Things to be done, some of which cannot be; a try takes all or none."""

    def __init__(self, names: Sequence[str], bad: Sequence[str] = ()) -> None:
        self.left = sorted(names)
        self.bad = set(bad)
        self.is_away = False
        self.tries: list[list[str]] = []
        self.blamed: list[str] = []

    async def page(self, behind: str, limit: int) -> list[str]:
        return [name for name in self.left if name > behind][:limit]

    async def act(self, names: Sequence[str]) -> None:
        self.tries.append(list(names))
        if self.is_away:
            raise ConnectionError
        if self.bad.intersection(names):
            raise ValueError
        self.left = [name for name in self.left if name not in names]

    async def is_outage(self, error: Exception) -> bool:
        return isinstance(error, ConnectionError)

    def rounds(self, **more: int) -> Rounds[str]:
        return Rounds(
            page=self.page,
            key_of=str,
            act=self.act,
            note_failure=lambda key, _: self.blamed.append(key),
            is_outage=self.is_outage,
            **more,
        )


def names(count: int) -> list[str]:
    return [f"{number:05}" for number in range(count)]


async def test_all_is_done_at_once_where_all_can_be() -> None:
    pile = Pile(names(8))
    await pile.rounds().go()
    assert (pile.left, pile.tries) == ([], [names(8)])


async def test_those_at_fault_are_found_and_the_others_done() -> None:
    pile = Pile(names(64), bad=["00000", "00033"])
    rounds = pile.rounds()
    await rounds.go()
    assert pile.left == pile.blamed == ["00000", "00033"]
    assert len(pile.tries) < 30
    tried = len(pile.tries)
    await rounds.go()
    assert len(pile.tries) == tried, "each is left alone for a while"


async def test_a_page_of_what_cannot_be_done_does_not_hold_up_what_comes_behind() -> None:
    stuck = names(2 * PAGE)
    pile = Pile([*stuck, "behind"], bad=stuck)
    rounds = pile.rounds(most_at_once=1)
    for _ in range(3):
        await rounds.go()
    assert pile.left == stuck


async def test_an_outage_blames_nothing_and_is_passed_on() -> None:
    pile = Pile(names(4))
    rounds = pile.rounds()
    pile.is_away = True
    with pytest.raises(ConnectionError):
        await rounds.go()
    assert pile.blamed == []
    pile.is_away = False
    await rounds.go()
    assert pile.left == []


def test_what_failed_is_due_again_later_and_later(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(policy.time, "monotonic", lambda: now)
    setbacks = Setbacks()
    pauses: list[float] = []
    for _ in range(12):
        setbacks.note("one")
        begun = now
        while not setbacks.is_due("one"):
            assert setbacks.waiting == ["one"]
            now += 0.5
        pauses.append(now - begun)
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] == policy.LONGEST_PAUSE_SECONDS
    setbacks.forget("one")
    assert (setbacks.is_due("one"), setbacks.waiting) == (True, [])
