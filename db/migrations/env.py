"""How Alembic runs: within a transaction of `db.migrate`, its own or one that is opened for the command line."""

from collections.abc import Iterable
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrationScript
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from db import migrate
from db.tables import columns
from db.tables.metadata import METADATA

_OWN_TYPES = (columns.Identifier, columns.PlainText, columns.UtcTime)
_DIGITS = 4


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        transactional_ddl=True,
        render_as_batch=True,  # SQLite alters a table by copying it
        process_revision_directives=_number,
        render_item=_render,
    )
    context.run_migrations()


def _number(of: MigrationContext, former: str | Iterable[str | None] | None, scripts: list[MigrationScript]) -> None:
    """Drafts are numbered: the next is one more than the newest there is."""
    del of, former
    head = context.script.get_current_head() or "0"
    for script in scripts:
        script.rev_id = f"{int(head) + 1:0{_DIGITS}}"


def _render(kind: str, item: Any, drafting: AutogenContext) -> str | Literal[False]:  # noqa: ANN401 -- Alembic's hook
    """Our own types are written in drafts as by hand; False leaves the rest to Alembic."""
    if kind != "type" or type(item) not in _OWN_TYPES:
        return False
    name = type(item).__name__
    drafting.imports.add(f"from db.tables.columns import {name}")
    return f"{name}()"


if (_connection := context.config.attributes.get("connection")) is not None:
    _run(_connection)
else:
    migrate.from_command_line(_run)
