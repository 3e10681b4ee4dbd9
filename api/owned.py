"""Things of which each project has its own, listed newest first and read by their ids."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import conditional
from api.answers.documents import Json
from api.answers.pages import PAGE_BYTES, id_of, read_page
from api.calls import listed
from api.context import context_of
from api.requests.queries import NoQuery, PageQuery
from db.errors import NotFound
from db.pages import PageReader
from services.ids import checked_id
from spec.ids import Prefix

Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class OwnList(Generic[Row]):
    """A list of what the caller's project has.

    Attributes:
        prefix: Of the ids.
        list_page: Reads a page of a project's.
        document_of: What is shown of one.
    """

    prefix: Prefix
    list_page: PageReader[Row]
    document_of: Callable[[Row], dict[str, Any]]

    async def page(self, request: Request) -> Response:
        """The answer to who lists them.

        Raises:
            QueryFaulty: If the cursor is none of the list.
            DatabaseUnavailable: If the database does not answer.
        """
        query = PageQuery.of(request)
        project, before_id = caller_of(request).project, id_of(query.cursor, self.prefix)
        found = await read_page(
            context_of(request).database,
            lambda connection: self.list_page(connection, project, query.limit, before_id, most_bytes=PAGE_BYTES),
        )
        return listed(request, found, self.document_of)


@dataclass(frozen=True, kw_only=True)
class Owned(OwnList[Row]):
    """A list whose things can be read one by one too.

    Attributes:
        get: Reads a project's thing of this id, with a connection.
        missing: What it raises if there is none.
    """

    get: Callable[[Any, str, str], Awaitable[Row]]
    missing: type[NotFound]

    async def one(self, request: Request, given_id: str) -> Response:
        """The answer to who reads one.

        Raises:
            NotFound: If the project has none such; it is `missing`.
            DatabaseUnavailable: If the database does not answer.
        """
        NoQuery.of(request)
        asked_id = checked_id(given_id, self.prefix, self.missing)
        async with context_of(request).database.read() as connection:
            row = await self.get(connection, asked_id, caller_of(request).project)
        return conditional(request, Json(self.document_of(row)))
