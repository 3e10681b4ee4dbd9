"""``python -m worker.health``: whether the worker on this host was heard of lately; exits with 0 if so, else 1.

Asks the database what the worker itself last told it, so a worker that hangs, or cannot reach the database, is not
healthy. In a container the host is the container, which runs one worker; elsewhere any worker of the host will do.
"""

import asyncio
import socket
import sys

from db import workers
from db.engine import Database
from db.errors import DatabaseUnavailable
from settings import WorkerSettings, load_or_exit
from settings.privacy import keep_files_private


async def is_heard(settings: WorkerSettings, hostname: str) -> bool:
    """Whether a worker on ``hostname`` beat within the time of a lease, by the database's clock.

    Raises:
        DatabaseUnavailable: If the database does not answer.
    """
    database = Database(settings.database_url.get_secret_value(), pool_size=1)
    try:
        async with database.read() as connection:
            rows = await workers.list_all(connection, settings.lease_seconds)
    finally:
        await database.close()
    return any(row.is_alive and row.hostname == hostname for row in rows)


def main() -> int:
    """Says what is wrong on standard error."""
    keep_files_private()
    hostname = socket.gethostname()
    try:
        if asyncio.run(is_heard(load_or_exit(WorkerSettings), hostname)):
            return 0
    except DatabaseUnavailable as error:
        sys.stderr.write(f"{error}\n")
    else:
        sys.stderr.write(f"no worker on {hostname} was heard of lately\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
