"""``/v1/audit``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import conditional
from api.answers.documents import Json, time
from api.answers.pages import PAGE_BYTES, id_of, page, read_page
from api.audit.schemas import AuditList
from api.context import context_of
from api.openapi.declarations import Shown, operation
from api.requests.queries import PageQuery
from api.serving.plain_routes import PlainRoute
from db.errors import DatabaseUnavailable
from db.projects import audit

router = APIRouter(prefix="/v1/audit", tags=["keys"], route_class=PlainRoute)


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
    project = caller_of(request).project
    before_id = id_of(query.cursor, "act")
    rows, next_after = await read_page(
        context_of(request).database,
        lambda connection: audit.list_page(connection, project, query.limit, before_id, most_bytes=PAGE_BYTES),
    )
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
        for row in rows
    ]
    return conditional(request, Json(page(documents, next_after=next_after)))
