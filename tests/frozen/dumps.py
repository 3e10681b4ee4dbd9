"""Frozen databases as SQL text: where they lie, how one is written, how one is loaded.

They are text, so that a reviewer and a scanner for secrets can read them, and PostgreSQL's loads into any newer server.
"""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from alembic.script import ScriptDirectory

from db import migrations
from tests.services.postgres import PostgresServer

FOLDER = Path(__file__).parent
REVISIONS = sorted(path.name for path in FOLDER.glob("[0-9]*") if path.is_dir())
"""The revisions of the schema that were frozen: each has a folder of its name."""
KINDS = ("sqlite", "postgresql")
DATABASE, TOLD, ANSWERS, STORAGE = "database.sql", "told.json", "answers.jsonl", "storage"
"""In the folder of a kind: the statements, names for what is in them, what the API answered, and the stored bytes."""

_SQLITE = "sqlite:///"
# What pg_dump says to a server and to psql of one certain version, and its comments.
_OF_PG_DUMP = re.compile(r"^(?:\\|--|SET |SELECT pg_catalog\.set_config\().*\n", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n{2,}")


def folder_of(revision: str, kind: str) -> Path:
    """Where a frozen database of a kind lies."""
    return FOLDER / revision / kind


def dump(url: str, server: PostgresServer) -> str:
    """A database as SQL text: the same for the same rows."""
    if path := _path_of(url):
        with closing(sqlite3.connect(path)) as connection:
            return "\n".join(connection.iterdump()) + "\n"
    text = _OF_PG_DUMP.sub("", server.dump(_name_of(url)))
    return _EMPTY_LINES.sub("\n", text).lstrip("\n")


@contextmanager
def loaded(revision: str, kind: str, server: PostgresServer, home: Path) -> Iterator[str]:
    """A database as it was frozen, and in ``home`` what it had stored; yields the database's URL."""
    folder = folder_of(revision, kind)
    shutil.copytree(folder / STORAGE, home / STORAGE)
    if kind == "sqlite":
        path = home / "netcoach.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript((folder / DATABASE).read_text())
        yield f"{_SQLITE}{path}"
    else:
        with server.fresh_database() as url:
            server.load(folder / DATABASE, _name_of(url))
            yield url


def head() -> str:
    """The revision that the schema has today."""
    revision = ScriptDirectory(str(Path(migrations.__path__[0]))).get_current_head()
    assert revision is not None
    return revision


def _path_of(url: str) -> str | None:
    return url.removeprefix(_SQLITE) if url.startswith(_SQLITE) else None


def _name_of(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")
