"""How a file would be read: it is stored and read as any other, and then nothing of it is left."""

from contextlib import suppress

from db.datasets import dry_runs
from db.datasets.datasets import PROCESSING, DatasetRow
from db.errors import DatabaseUnavailable, DatasetNotFound
from db.jobs.standings import Standing
from services.context import ServiceContext


class DryRunTimedOut(Exception):
    """The file was not read in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The file was not read within {seconds:g} seconds, and nothing of it was kept. Create the data set "
            "without `dry_run`, and wait until it is no longer `processing`."
        )


async def look(context: ServiceContext, row: DatasetRow) -> tuple[Standing, DatasetRow]:
    """Where the job stands that reads it, and what came of it so far.

    Raises:
        DatasetNotFound: If it was removed, since the request took far too long.
        DatabaseUnavailable: If the database does not answer.
    """
    async with context.database.read() as connection:
        return await dry_runs.look(connection, row.id)


def checked_end(row: DatasetRow, seconds: float) -> DatasetRow:
    """What came of the reading.

    Raises:
        DryRunTimedOut: If it has not ended.
    """
    if row.status == PROCESSING:
        raise DryRunTimedOut(seconds)
    return row


async def end(context: ServiceContext, row: DatasetRow) -> None:
    """Nobody looks at it any more. What cannot be removed now is removed later."""
    with suppress(DatabaseUnavailable, DatasetNotFound):
        async with context.database.write() as connection:
            await dry_runs.end(connection, row)
