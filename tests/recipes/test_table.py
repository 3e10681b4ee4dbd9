"""CONTRIBUTING's recipe for a table with its migration, done in a copy of the tree as it is written there."""

import re
import sys
from pathlib import Path

import pytest

from tests.recipes.tree import Tree, recipe
from tests.services.postgres import PostgresServer

HEADING = "## Add a table, or a column"
COPIED = ("alembic.ini", "Makefile", "pyproject.toml", "requirements", "background", "db", "settings", "spec")
THERE_AND_BACK = """
import asyncio, os
from alembic.autogenerate import compare_metadata
from alembic.config import main as alembic
from alembic.migration import MigrationContext
from db.connections.engine import Database
from db.migrate import upgrade
from db.tables.metadata import METADATA

async def compare(url):
    database = Database(url)
    async with database.write() as connection:
        print(await connection.run_sync(lambda plain: compare_metadata(MigrationContext.configure(plain), METADATA)))
    await database.close()

url = os.environ["NETCOACH_DATABASE_URL"]
upgrade(url)
asyncio.run(compare(url))
for command in (["downgrade", "-1"], ["current"], ["upgrade", "head"], ["current"]):
    alembic(command)
"""
"""What the draft makes of a database, and takes back, in one process: each of the commands as one takes a second."""


class Database(Tree):
    """A copy of what a migration needs."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, COPIED)
        self.versions = folder / "db" / "migrations" / "versions"
        self.before = set(self.versions.glob("[0-9]*.py"))

    def drafts(self) -> list[Path]:
        """Migrations that were not there."""
        return sorted(set(self.versions.glob("[0-9]*.py")) - self.before)


@pytest.fixture
def tree(tmp_path: Path) -> Database:
    return Database(tmp_path / "tree")


def make(tree: Database, command: str) -> None:
    """A command of the recipe, with this environment's programs; it is not made anew for the copied locks."""
    environment = Path(sys.prefix)
    tree.run(*("sh", "-c", f"{command} VENV={environment} --old-file={environment}/.installed"))


def test_the_recipe_for_a_table_and_its_migration(
    tree: Database, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    _, command = recipe(HEADING)
    assert tree.follow(HEADING) == ["db/tables/jobs.py"]
    make(tree, command.text.strip())
    (draft,) = tree.drafts()
    former = max(path.name[:4] for path in tree.before)
    assert draft.name == f"{int(former) + 1:04}_notes_about_jobs.py"
    text = draft.read_text()
    assert text.startswith('"""Notes about jobs."""\n')
    assert f'down_revision = "{former}"' in text
    assert 'sa.Column("written_at", UtcTime(), nullable=False)' in text
    assert len(re.findall("op.create_table|op.drop_table", text)) == 2, "the new table, and no other"
    python = sys.executable
    tree.run(python, "-m", "ruff", "format", "--check", str(draft))
    with postgres_server.fresh_database() as empty:
        for url in (f"sqlite:///{tmp_path}/netcoach.db", empty):
            printed = tree.run(python, "-c", THERE_AND_BACK, url=url).splitlines()
            assert printed == ["[]", former, f"{draft.name[:4]} (head)"]


def test_a_draft_needs_a_name(tree: Database) -> None:
    with pytest.raises(AssertionError, match="Say what it does"):
        make(tree, "make migration")
    assert tree.drafts() == []


def test_alembic_says_which_variable_is_missing(tree: Database) -> None:
    with pytest.raises(AssertionError, match="NETCOACH_DATABASE_URL is not set"):
        tree.run(f"{Path(sys.prefix)}/bin/alembic", "current")
    with pytest.raises(AssertionError, match="NETCOACH_DATABASE_URL: ") as caught:
        tree.run(f"{Path(sys.prefix)}/bin/alembic", "current", url="mysql://me:hunter2@host/db")
    assert "hunter2" not in str(caught.value)
