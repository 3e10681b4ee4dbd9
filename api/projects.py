"""``python -m api.projects show [PROJECT]`` and ``… set PROJECT NAME=LIMIT …``: the quotas that are a project's own."""

import argparse
import asyncio
import sys
from dataclasses import asdict, replace

from db.connections.engine import Database
from db.errors import DatabaseUnavailable
from db.projects import quotas
from db.projects.quotas import NAMES, Quotas
from settings import ApiSettings, load_or_exit
from settings.privacy import keep_files_private

_FAILED = 1
_DEFAULT = "default"


def main(arguments: list[str] | None = None) -> int:
    """Does what the command line says; returns the exit code."""
    keep_files_private()
    options = _options(arguments)
    settings = load_or_exit(ApiSettings)
    try:
        if options.act == "show":
            return asyncio.run(_show(settings, options.project))
        return asyncio.run(_set(settings, options.project, dict(options.limits)))
    except DatabaseUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return _FAILED


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m api.projects", description="Shows and changes the quotas of projects."
    )
    acts = parser.add_subparsers(dest="act", required=True)
    showing = acts.add_parser("show", help="print the quotas of one project or of all projects")
    showing.add_argument("project", nargs="?")
    setting = acts.add_parser("set", help="set quotas for a project")
    setting.add_argument("project")
    names = ", ".join(NAMES)
    setting.add_argument(
        "limits",
        nargs="+",
        type=_limit,
        metavar="NAME=LIMIT",
        help=f"NAME is one of {names}; LIMIT is a whole number, or `{_DEFAULT}` for the value in the settings",
    )
    return parser.parse_args(arguments)


def _limit(said: str) -> tuple[str, int | None]:
    name, _, limit = said.partition("=")
    if name not in NAMES:
        raise argparse.ArgumentTypeError(f'"{name}" is not a known quota. The quotas are {", ".join(NAMES)}.')
    if limit == _DEFAULT:
        return name, None
    if not (limit.isascii() and limit.isdecimal()) or int(limit) >= 2**63:
        raise argparse.ArgumentTypeError(
            f'"{limit}" is not a valid limit. Use a whole number from 0 to 2^63-1, or `{_DEFAULT}`.'
        )
    return name, int(limit)


async def _show(settings: ApiSettings, project: str | None) -> int:
    database = Database(settings.database_url.get_secret_value())
    async with database.read() as connection:
        found = await quotas.of_all(connection)
    await database.close()
    if project is not None and project not in found:
        return _unknown(project)
    for name, own in found.items():
        if project in {None, name}:
            sys.stdout.write(f"{name}: {_told(own)}\n")
    return 0


async def _set(settings: ApiSettings, project: str, limits: dict[str, int | None]) -> int:
    database = Database(settings.database_url.get_secret_value())
    async with database.write() as connection:
        before = await quotas.of_project(connection, project)
        after = replace(before or Quotas(), **limits)
        is_there = await quotas.change(connection, project, after)
    await database.close()
    if not is_there:
        return _unknown(project)
    sys.stdout.write(f"{project}: {_told(after)}\n")
    return 0


def _told(own: Quotas) -> str:
    return ", ".join(f"{name}={_DEFAULT if limit is None else limit}" for name, limit in asdict(own).items())


def _unknown(project: str) -> int:
    sys.stderr.write(f'Project "{project}" was not found.\n')
    return _FAILED


if __name__ == "__main__":
    sys.exit(main())
