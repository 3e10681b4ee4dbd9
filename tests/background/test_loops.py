"""A background loop fails in the log and in the figures, is named while it does, and comes back."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from background import loops as policy
from background.closing import close_all
from background.loops import Loops, kind_of


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(policy, "WELL_SECONDS", 0.2)


class Watched(Loops):
    def __init__(self) -> None:
        self.failures: Counter[str] = Counter()
        self.changes: list[list[str]] = []
        super().__init__(
            "test",
            on_failure=lambda name: self.failures.update([name]),
            on_change=lambda: self.changes.append(self.failing),
        )


@pytest.fixture
async def loops() -> AsyncIterator[Watched]:
    opened = Watched()
    yield opened
    await opened.close()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 -- what it waits for is not told of
            await asyncio.sleep(0.005)


async def forever() -> None:
    await asyncio.Event().wait()


async def test_a_loop_that_raises_is_named_and_comes_back(loops: Watched) -> None:
    begun = 0

    async def fail_twice() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise ValueError("a secret")
        await forever()

    with capture_logs() as lines:
        loops.supervised("one", fail_twice)
        loops.supervised("other", forever)
        await until(lambda: begun == 3)
        assert loops.failing == ["one"]
        await until(lambda: not loops.failing)
    assert (begun, loops.failures) == (3, {"one": 2})
    assert loops.changes == [["one"], []]
    failed = [line for line in lines if line["event"] == "a background loop failed"]
    assert [(line["loop"], line["reason"]) for line in failed] == [("one", "ValueError")] * 2
    assert failed[1]["pause_seconds"] == 2 * failed[0]["pause_seconds"]
    assert failed[0]["where"].startswith("test_loops.py:")
    assert "a secret" not in str(lines)


@pytest.mark.parametrize("end", ["cancel", "return"])
async def test_a_loop_that_ends_though_it_should_not_comes_back(loops: Watched, end: str) -> None:
    begun = 0

    async def run() -> None:
        nonlocal begun
        begun += 1
        if end == "cancel" or begun > 2:
            await forever()

    task = loops.supervised("one", run)
    for count in (1, 2):
        await until(lambda count=count: begun >= count)
        if end == "cancel":
            task.cancel()
    await until(lambda: begun == 3)
    assert loops.failures["one"] == 2
    await until(lambda: not loops.failing)
    assert not task.done()


async def test_a_loop_that_is_cancelled_while_it_rests_comes_back(
    loops: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "FIRST_PAUSE_SECONDS", 3600)
    begun = 0

    async def run() -> None:
        nonlocal begun
        begun += 1
        if begun == 1:
            raise ValueError
        await forever()

    task = loops.supervised("one", run)
    await until(lambda: loops.failures["one"] == 1)
    task.cancel()
    await until(lambda: begun == 2)


async def test_a_loop_is_well_as_soon_as_it_says_so(loops: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "WELL_SECONDS", 3600)
    may_work = asyncio.Event()

    async def run() -> None:
        if not may_work.is_set():
            raise ValueError
        loops.went_well("one")
        await forever()

    loops.supervised("one", run)
    await until(lambda: loops.failures["one"] >= 3)
    assert loops.failing == ["one"]
    may_work.set()
    await until(lambda: not loops.failing)


async def test_a_loop_that_is_hindered_is_failing_until_it_says_that_it_is_not() -> None:
    loops = Watched()
    task = loops.supervised("reader 1", forever)
    with capture_logs() as lines:
        for _ in range(2):
            loops.note_hindrance("reader 1", ValueError("not told"))
    assert (loops.failing, loops.failures["reader 1"], task.done()) == (["reader 1"], 2, False)
    assert [(line["loop"], line["reason"]) for line in lines] == [("reader 1", "ValueError")] * 2
    assert "not told" not in str(lines)
    await asyncio.sleep(2 * policy.WELL_SECONDS)  # that it runs on says nothing
    assert loops.failing == ["reader 1"]
    loops.went_well("reader 1")
    assert loops.failing == []
    await loops.close()


async def test_at_the_end_loops_may_return_and_nothing_of_theirs_is_raised() -> None:
    loops = Watched()
    may_end = asyncio.Event()

    async def run() -> None:
        await may_end.wait()

    async def fail_at_its_end() -> None:
        try:
            await forever()
        finally:
            raise ValueError

    ending = loops.supervised("slot 3", run)
    loops.supervised("other", fail_at_its_end)
    await asyncio.sleep(0)
    loops.expect_returns()
    may_end.set()
    await ending
    with capture_logs() as lines:
        await loops.close()
    assert [(line["loop"], line["reason"]) for line in lines] == [("other", "ValueError")]
    assert not loops.failures


async def test_whatever_cannot_be_closed_keeps_nothing_else_open() -> None:
    closed: list[str] = []

    def closing(name: str, error: BaseException | None = None) -> tuple[str, Callable[[], Awaitable[None]]]:
        async def close() -> None:
            closed.append(name)
            if error is not None:
                raise error

        return name, close

    with capture_logs() as lines:
        await close_all("test", [closing("a", ValueError()), closing("b", asyncio.CancelledError()), closing("c")])
    assert closed == ["a", "b", "c"]
    assert [line["what"] for line in lines] == ["a", "b"]


def test_loops_of_one_kind_are_counted_together() -> None:
    assert [kind_of(name) for name in ("slot 0", "slot 17", "publish hints")] == ["slot", "slot", "publish hints"]
