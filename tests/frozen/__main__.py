"""``python -m tests.frozen``: freeze the schema of today, as databases of both kinds; takes some minutes."""

import asyncio
import sys

from tests.frozen import dumps
from tests.frozen.making import freeze
from tests.services.postgres import PostgresServer


def main() -> None:
    """Freeze; a revision that was frozen stays as it is."""
    server = PostgresServer()
    try:
        server.start()
        for kind in dumps.KINDS:
            folder = asyncio.run(freeze(kind, server))
            sys.stdout.write(f"{folder.relative_to(dumps.FOLDER.parents[1])}\n")
    finally:
        server.close()


if __name__ == "__main__":
    main()
