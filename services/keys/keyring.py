"""Which key opens what: looked up in the database, remembered for some seconds."""

import asyncio
import hmac
import time
from collections import OrderedDict
from dataclasses import dataclass

import structlog

from db.connections.engine import Database
from db.errors import DatabaseUnavailable, StatementFailed
from db.projects import keys
from db.projects.keys import KeyRow
from services.keys.scopes import Scope
from services.keys.tokens import Token, read_token

REMEMBERED_SECONDS = 3.0
"""How long a key that was revoked may still open something."""
USES_EVERY_SECONDS = 10.0
USE_SECONDS = 60.0
"""A key's last use is written at most so often."""
_MOST_REMEMBERED = 10_000
_NOBODYS_DIGEST = "0" * 64

_log = structlog.stdlib.get_logger("api.keyring")


@dataclass(frozen=True)
class Opened:
    """What a key opens."""

    key_id: str
    project: str
    scopes: frozenset[Scope]


class Keyring:
    """The keys that clients come with.

    Args:
        database: Where they are kept.
        is_asking: Whether keys are asked for, so that having none is worth a warning.
    """

    def __init__(self, database: Database, *, is_asking: bool) -> None:
        self._database = database
        self._is_asking = is_asking
        self._known: OrderedDict[Token, tuple[float, Opened]] = OrderedDict()
        self._used: set[str] = set()
        self._written_at: dict[str, float] = {}

    async def open(self, text: str) -> Opened | None:
        """What the key opens; None if there is none like it, or it is revoked or expired.

        Raises:
            DatabaseUnavailable: If the database does not answer.
        """
        token = read_token(text)
        if token is None:
            return None
        remembered = self._known.get(token)
        if remembered is not None and remembered[0] > time.monotonic():
            self._used.add(token.key_id)
            return remembered[1]
        async with self._database.read(is_short=True) as connection:
            row = await keys.find(connection, token.key_id)
        # Compared in every case, and in constant time: how long it takes tells neither a digest nor whether there is
        # such a key.
        is_right = hmac.compare_digest(_NOBODYS_DIGEST if row is None else row.digest, token.digest)
        if row is None or not is_right or not row.is_usable:
            self._known.pop(token, None)
            return None
        return self._remember(token, row)

    def _remember(self, token: Token, row: KeyRow) -> Opened:
        scopes = frozenset(scope for name in row.scopes for scope in Scope(name).included)
        opened = Opened(row.id, row.project, scopes)
        self._known[token] = (time.monotonic() + REMEMBERED_SECONDS, opened)
        self._known.move_to_end(token)
        if len(self._known) > _MOST_REMEMBERED:
            self._known.popitem(last=False)
        self._used.add(row.id)
        return opened

    async def run(self) -> None:
        """Writes down when keys were used, until cancelled."""
        if self._is_asking:
            await self._warn_if_empty()
        while True:
            await asyncio.sleep(USES_EVERY_SECONDS)
            try:
                await self.write_uses()
            except DatabaseUnavailable as error:
                _log.warning("last uses of API keys will be recorded later", reason=type(error).__name__)

    async def write_uses(self) -> None:
        """Write down the uses since the last time, of those keys whose last use was not written just before."""
        now = time.monotonic()
        self._written_at = {key: at for key, at in self._written_at.items() if at > now - USE_SECONDS}
        due = self._used - self._written_at.keys()
        if not due:
            return
        self._used -= due
        try:
            async with self._database.write() as connection:
                await keys.note_use(connection, due)
            self._written_at |= dict.fromkeys(due, now)
        except DatabaseUnavailable:
            self._used |= due
            raise
        except StatementFailed:
            if len(due) == 1:
                self._written_at |= dict.fromkeys(due, now)  # not again for a while
                raise
            await self._write_each(due, now)

    async def _write_each(self, key_ids: set[str], now: float) -> None:
        """As one of them cannot be written, each by itself."""
        failure: StatementFailed | None = None
        for key_id in key_ids:
            try:
                async with self._database.write() as connection:
                    await keys.note_use(connection, {key_id})
            except StatementFailed as error:
                failure = error
            self._written_at[key_id] = now
        if failure is not None:
            raise failure

    async def _warn_if_empty(self) -> None:
        try:
            async with self._database.read() as connection:
                count = await keys.count_usable(connection)
        except DatabaseUnavailable:
            return  # it is told of elsewhere
        if count == 0:
            _log.warning("no API key exists, so every request will be refused", remedy="python -m api.keys create")
