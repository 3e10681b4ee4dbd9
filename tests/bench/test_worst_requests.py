"""The search for slow requests, and what it found: none of it holds the event loop."""

import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bench.hostile import GROWTHS, Sizes
from bench.worst_requests import GOAL_MILLISECONDS, Loop, Search, loop_of_api

MOST_WORK_MILLISECONDS = GOAL_MILLISECONDS / 2
"""On the loop in one go: a slower machine is within the goal, too."""
FOUND: list[tuple[str, Sizes]] = [
    ("copies", {"operations": 25}),
    ("copies", {"operations": 12}),
    ("normalized layers", {"layers": 800}),
    ("bare layers", {"layers": 90}),
    ("normalized layers", {"layers": 96}),
    ("edges", {"inputs": 99, "rank": 32, "sums": 10}),
    ("columns", {"columns": 80, "characters": 88}),
    ("unknown fields", {"fields": 98, "layers": 1}),
    ("metrics", {"metrics": 16, "sound": 60, "wrong": 60}),
]
"""Small ones, which are checked on the loop, and what was slow before it was mended."""


@pytest_asyncio.fixture(scope="module")
async def loop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Loop]:
    async with loop_of_api(tmp_path_factory.mktemp("home")) as loop:
        yield loop


@pytest.mark.parametrize(
    ("name", "sizes"),
    [*((name, growth.sizes) for name, growth in GROWTHS.items()), *FOUND],
    ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value.values())),
)
async def test_no_request_holds_the_loop(loop: Loop, name: str, sizes: Sizes) -> None:
    # Processor time, not time: a busy machine takes turns between this and others.
    held = await loop.held_by(GROWTHS[name].build(sizes))
    if held.longest_work_ms > MOST_WORK_MILLISECONDS:  # a collection of garbage may have come in between
        held = await loop.held_by(GROWTHS[name].build(sizes))
    assert held.longest_work_ms < MOST_WORK_MILLISECONDS
    assert held.status < 500


async def test_the_search_ranks_what_it_tried_and_changes_what_is_slow(loop: Loop) -> None:
    growths = {name: GROWTHS[name] for name in ("parameters", "accept", "columns")}
    found = await Search(loop, random.Random(1), growths).run(0.5)  # noqa: S311
    assert [each.held.longest_ms for each in found] == sorted((each.held.longest_ms for each in found), reverse=True)
    assert len(found) > len(growths)
    assert {each.name for each in found} == set(growths)
