"""CONTRIBUTING's recipe for a table with its migration, done in a copy of the tree as it is written there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import Block, blocks_of
from tests.services.postgres import PostgresServer

ROOT = Path(__file__).resolve().parents[2]
HEADING = "## Add a table, or a column"
COPIED = ("alembic.ini", "Makefile", "pyproject.toml", "requirements", "background", "db", "settings", "spec")
COMPARE = """
import asyncio, os
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from db.connections.engine import Database
from db.tables.metadata import METADATA

async def main():
    database = Database(os.environ["NETCOACH_DATABASE_URL"])
    async with database.write() as connection:
        print(await connection.run_sync(lambda plain: compare_metadata(MigrationContext.configure(plain), METADATA)))
    await database.close()

asyncio.run(main())
"""


def recipe() -> list[Block]:
    """The blocks under the heading, in order."""
    page = ROOT / "CONTRIBUTING.md"
    before, _, behind = page.read_text().partition(HEADING)
    first = before.count("\n")
    last = first + behind.partition("\n## ")[0].count("\n")
    return [block for block in blocks_of(ROOT, page) if first < block.line <= last]


class Tree:
    """A copy of what a migration needs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
            copy(ROOT / name, folder / name)
        self.versions = folder / "db" / "migrations" / "versions"
        self.before = set(self.versions.glob("[0-9]*.py"))

    def run(self, *command: str, url: str = "") -> str:
        """What a command printed that went well."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith("NETCOACH_")}
        variables |= {"NETCOACH_DATABASE_URL": url} if url else {}
        done = subprocess.run(command, cwd=self.folder, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def drafts(self) -> list[Path]:
        """Migrations that were not there."""
        return sorted(set(self.versions.glob("[0-9]*.py")) - self.before)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "tree")


def make(tree: Tree, command: str) -> None:
    """A command of the recipe, with this environment's programs; it is not made anew for the copied locks."""
    environment = Path(sys.prefix)
    tree.run(*("sh", "-c", f"{command} VENV={environment} --old-file={environment}/.installed"))


def test_the_recipe_for_a_table_and_its_migration(tree: Tree, tmp_path: Path, postgres_server: PostgresServer) -> None:
    declaration, command = recipe()
    tables = tree.folder / "db" / "tables" / "jobs.py"
    tables.write_text(f"{tables.read_text()}\n\n{declaration.text}")
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
            tree.run(python, "-m", "db.migrate", url=url)
            assert tree.run(python, "-c", COMPARE, url=url) == "[]\n"
            alembic = f"{Path(sys.prefix)}/bin/alembic"
            tree.run(alembic, "downgrade", "-1", url=url)
            assert tree.run(alembic, "current", url=url).strip() == former
            tree.run(alembic, "upgrade", "head", url=url)
            assert tree.run(alembic, "current", url=url).strip() == f"{draft.name[:4]} (head)"


def test_a_draft_needs_a_name(tree: Tree) -> None:
    with pytest.raises(AssertionError, match="Say what it does"):
        make(tree, "make migration")
    assert tree.drafts() == []


def test_alembic_says_which_variable_is_missing(tree: Tree) -> None:
    with pytest.raises(AssertionError, match="NETCOACH_DATABASE_URL is not set"):
        tree.run(f"{Path(sys.prefix)}/bin/alembic", "current")
    with pytest.raises(AssertionError, match="NETCOACH_DATABASE_URL: ") as caught:
        tree.run(f"{Path(sys.prefix)}/bin/alembic", "current", url="mysql://me:hunter2@host/db")
    assert "hunter2" not in str(caught.value)
