"""A few rows of a long course: the first of each span, and the last of all."""

from db.attempts import extracts
from db.attempts.extracts import Extract
from db.connections.engine import Database
from tests.db.scenes import in_read, running
from tests.db.test_signals import record_measured


async def test_the_first_rows_of_each_span_and_the_last_of_all(database: Database) -> None:
    fence = await running(database)
    job_id = fence.job_id
    await record_measured(database, fence, *range(1, 11))
    others = await running(database)
    await record_measured(database, others, 1, 2)

    async def epochs(rows_each: int, *spans: tuple[int, int], of: str = job_id) -> tuple[list[int], list[int]]:
        wanted = Extract(spans, rows_each)
        metrics = await in_read(database, extracts.metrics, of, wanted)
        signals = await in_read(database, extracts.signals, of, wanted)
        assert all(text.startswith('{"loss"') for _, text in metrics)
        assert all(text.startswith('{"dense"') for _, text in signals)
        return [epoch for epoch, _ in metrics], [epoch for epoch, _ in signals]

    assert await epochs(100, (1, 10)) == ([*range(1, 11)], [*range(1, 11)])
    assert await epochs(2, (1, 5), (6, 10)) == ([1, 2, 6, 7, 10], [1, 2, 6, 7, 10])
    assert await epochs(1, (4, 4), (9, 10)) == ([4, 9, 10], [4, 9, 10])
    assert await epochs(5, (11, 20)) == ([], [])
    assert await epochs(5) == ([], [])
    assert await epochs(9, (1, 10), of=others.job_id) == ([1, 2], [1, 2])
