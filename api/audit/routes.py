"""``/v1/audit``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answers.rows import document_of
from api.audit.schemas import AuditDocument, AuditList
from api.calls import listing
from api.owned import OwnList
from api.serving.plain_routes import PlainRoute
from db.errors import DatabaseUnavailable
from db.projects import audit
from db.projects.audit import AuditRow

router = APIRouter(prefix="/v1/audit", tags=["keys"], route_class=PlainRoute)
ENTRIES = OwnList(prefix="act", list_page=audit.list_page, document_of=document_of(AuditDocument, AuditRow))


@router.get("", **listing("A page of the audit log.", AuditList, DatabaseUnavailable), summary="List what was changed")
async def list_acts(request: Request) -> Response:
    """Lists what was changed in the project, when and with which key, newest first."""
    return await ENTRIES.page(request)
