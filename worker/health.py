"""``python -m worker.health``: whether the worker on this host was heard of lately, and all of it works.

Exits with 0 if so, else with 1: also when its background loops fail, whose names it tells. Asks the database what the
worker itself last told it, so a worker that hangs, or cannot reach the database, is not healthy. In a container the
host is the container, which runs one worker; elsewhere any worker of the host will do.
"""

import asyncio
import socket
import sys

from db.connections.engine import Database
from db.errors import DatabaseUnavailable
from db.workers import workers
from settings import WorkerSettings, load_or_exit
from settings.privacy import keep_files_private


async def missing(settings: WorkerSettings, hostname: str) -> str | None:
    """What the workers on ``hostname`` lack: one that beat within the time of a lease and whose loops all work.

    None if there is one such.

    Raises:
        DatabaseUnavailable: If the database does not answer.
    """
    database = Database(settings.database_url.get_secret_value(), pool_size=1)
    try:
        async with database.read() as connection:
            rows = await workers.list_all(connection, settings.lease_seconds)
    finally:
        await database.close()
    here = [row for row in rows if row.is_alive and row.hostname == hostname]
    if not here:
        return f"no worker on {hostname} was heard of lately"
    if any(not row.failing for row in here):
        return None
    return "; ".join(f"the worker {row.id} has failing background loops: {', '.join(row.failing)}" for row in here)


def main() -> int:
    """Says what is wrong on standard error."""
    keep_files_private()
    hostname = socket.gethostname()
    try:
        lacking = asyncio.run(missing(load_or_exit(WorkerSettings), hostname))
    except DatabaseUnavailable as error:
        lacking = str(error)
    if lacking is None:
        return 0
    sys.stderr.write(f"{lacking}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
