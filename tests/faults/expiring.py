"""``python -m tests.faults.expiring URL [PART …]``: expires leases until there are none; tells how many it expired.

The parts are taken out, as by `tests.faults.rigged`. It says when it is ready, and begins when it is told anything.
"""

import asyncio
import json
import sys

from db.attempts import leases
from db.connections.engine import Database
from db.errors import AttemptSuperseded, DatabaseUnavailable
from tests.faults import takeouts


async def main(url: str, without: list[str]) -> int:
    for part in without:
        takeouts.PARTS[part]()
    database = Database(url)
    await database.ping()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    count = idle = 0
    try:
        while idle < 5:
            try:
                async with database.write() as connection:
                    expired = await leases.expire(connection, limit=7)
            except (DatabaseUnavailable, AttemptSuperseded):
                continue  # both took hold of the same rows: one of them is told to try again
            count += len(expired)
            await asyncio.sleep(0.005)  # SQLite's lock is not fair: the other would never get it
            idle = 0 if expired else idle + 1
    finally:
        await database.close()
    return count


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main(sys.argv[1], sys.argv[2:]))))
