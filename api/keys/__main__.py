"""``python -m api.keys``: makes, lists and revokes keys from the machine that holds the database."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable

import orjson

from api.keys.documents import key_document
from db import migrate
from db.connections.engine import Database
from db.errors import DatabaseError, KeyNotFound
from db.projects import keys
from db.tables.base import DEFAULT_PROJECT
from services.actors import Actor
from services.keys.bodies import MAX_NAME_CHARACTERS
from services.keys.changes import issue, withdraw
from services.keys.scopes import Scope
from settings import ApiSettings, load_or_exit
from settings.privacy import keep_files_private
from settings.traces import Trace
from spec.ids import is_id

_DAY_SECONDS = 24 * 3600.0
_MOST_LISTED = 10_000


def main() -> None:
    """Does what the command line says; a new key's text is the only line on standard output."""
    keep_files_private()
    told = _parser().parse_args()
    settings = load_or_exit(ApiSettings)
    url = settings.database_url.get_secret_value()
    try:
        if settings.is_embedded:
            migrate.upgrade(url)  # there may never have been a service here
        asyncio.run(_work(url, told))
    except (DatabaseError, KeyNotFound) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)


async def _work(url: str, told: argparse.Namespace) -> None:
    database = Database(url, pool_size=1)
    work: dict[str, Callable[[Database, argparse.Namespace], Awaitable[None]]] = {
        "create": _create,
        "list": _list,
        "revoke": _revoke,
    }
    try:
        await work[told.command](database, told)
    finally:
        await database.close()


async def _create(database: Database, told: argparse.Namespace) -> None:
    expires = None if told.expires_in_days is None else told.expires_in_days * _DAY_SECONDS
    async with database.write() as connection:
        made = await issue(connection, _actor(told.project), told.name, told.scopes, expires)
    scopes = ", ".join(told.scopes)
    sys.stderr.write(f'Created {made.row.id} in project "{told.project}" with {scopes}. The key is shown only once:\n')
    sys.stdout.write(f"{made.token}\n")


async def _list(database: Database, told: argparse.Namespace) -> None:
    async with database.read() as connection:
        rows = await keys.list_page(connection, told.project, _MOST_LISTED)
    for row in rows:
        sys.stdout.write(orjson.dumps(key_document(row)).decode() + "\n")


async def _revoke(database: Database, told: argparse.Namespace) -> None:
    async with database.write() as connection:
        row = await keys.find(connection, told.key_id)
        if row is None:
            raise KeyNotFound(told.key_id)
        await withdraw(connection, _actor(row.project), row)


def _actor(project: str) -> Actor:
    return Actor(project, None, Trace(f"pid_{os.getpid()}"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m api.keys", description="Creates, lists and revokes API keys.")
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create", help="create a key and print it, which happens only once")
    create.add_argument(
        "--project",
        type=_project,
        default=DEFAULT_PROJECT,
        help="the project of the key, which is created if it does not exist",
    )
    create.add_argument(
        "--scopes", type=_scopes, default=[Scope.ADMIN], help="read, submit or admin, separated by commas"
    )
    create.add_argument("--name", type=_name, help="a name to recognize the key by")
    create.add_argument("--expires-in-days", type=_days, help="days until the key expires (default: never)")
    listing = commands.add_parser("list", help="print the keys of a project as lines of JSON, without secrets")
    listing.add_argument("--project", type=_project, default=DEFAULT_PROJECT)
    revoke = commands.add_parser("revoke", help="revoke a key")
    revoke.add_argument("key_id", type=_key_id, metavar="KEY_ID", help="key_…")
    return parser


def _project(text: str) -> str:
    if not 0 < len(text) <= MAX_NAME_CHARACTERS or not text.isprintable():
        raise argparse.ArgumentTypeError(f"A project's name must have 1 to {MAX_NAME_CHARACTERS} printable characters.")
    return text


def _name(text: str) -> str:
    if len(text) > MAX_NAME_CHARACTERS or not text.isprintable():
        raise argparse.ArgumentTypeError(f"A name can have at most {MAX_NAME_CHARACTERS} printable characters.")
    return text


def _scopes(text: str) -> list[Scope]:
    names = [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in list(Scope)]
    if unknown:
        raise argparse.ArgumentTypeError(
            f'"{", ".join(unknown)}" is not a known scope. The scopes are {", ".join(Scope)}.'
        )
    return [scope for scope in Scope if scope in names]


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = 0.0
    if not 0 < days <= 3650:  # noqa: PLR2004 -- ten years
        raise argparse.ArgumentTypeError("This must be a number of days, at most 3650.")
    return days


def _key_id(text: str) -> str:
    if not is_id(text, "key"):
        raise argparse.ArgumentTypeError("This must be the id of a key (`key_…`), not the key itself.")
    return text


if __name__ == "__main__":
    main()
