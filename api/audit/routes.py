"""``/v1/audit``."""

import re

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import conditional
from api.answers.documents import Json, time
from api.answers.pages import cut, decode_cursor, page
from api.audit.schemas import AuditList
from api.context import context_of
from api.openapi.declarations import Shown, operation
from api.requests.queries import PageQuery
from api.serving.plain_routes import PlainRoute
from db.errors import DatabaseUnavailable
from db.projects import audit
from spec.ids import pattern_of

router = APIRouter(prefix="/v1/audit", tags=["keys"], route_class=PlainRoute)
_CURSOR = re.compile(pattern_of("act"))


@router.get(
    "",
    **operation(
        (200, Shown("A page of the audit log.", AuditList)),
        problems=(DatabaseUnavailable,),
        query=PageQuery,
        is_conditional=True,
    ),
    summary="List what was changed",
)
async def list_acts(request: Request) -> Response:
    """Lists what was changed in the project, when and with which key, newest first."""
    query = PageQuery.of(request)
    before = None if query.cursor is None else decode_cursor(query.cursor, shape=_CURSOR)
    async with context_of(request).database.read() as connection:
        rows = await audit.list_page(connection, caller_of(request).project, query.limit + 1, before)
    shown, next_after = cut(rows, query.limit, lambda row: row.id)
    documents = [
        {
            "object": "audit_entry",
            "at": time(row.at),
            "actor": row.actor,
            "action": row.action,
            "object_id": row.object_id,
            "request_id": row.request_id,
            "address": row.address,
        }
        for row in shown
    ]
    return conditional(request, Json(page(documents, next_after=next_after)))
