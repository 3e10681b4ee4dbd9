"""``/v1/jobs/{id}/artifacts``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.access.callers import caller_of
from api.answers.conditional import conditional, is_matched, not_modified
from api.answers.documents import Json
from api.answers.errors import ArtifactNotFound, RangeUnsatisfiable
from api.answers.pages import page
from api.artifacts import service
from api.artifacts.ranges import parse_range
from api.artifacts.schemas import ArtifactList
from api.context import context_of
from api.openapi.declarations import Shown, operation
from api.requests.queries import NoQuery
from api.serving.plain_routes import PlainRoute
from db.errors import DatabaseUnavailable, JobNotFound
from storage.errors import FileMissing, StorageUnavailable

router = APIRouter(prefix="/v1/jobs/{job_id}/artifacts", tags=["artifacts"], route_class=PlainRoute)
_BYTES = ("application/octet-stream", "application/zip", "text/csv", "text/plain")
"""What artifacts are."""
_HEADERS = {
    "ETag": "The SHA-256 of the file.",
    "Accept-Ranges": "Always `bytes`.",
    "Content-Disposition": "The name of the file.",
}
_PART_HEADERS = _HEADERS | {
    "Content-Range": "The bytes that are sent, and the size of the file, such as `bytes 0-499/1234`."
}

_LINKS = {
    "download_artifact": {
        "operationId": "download_artifact",
        "parameters": {"job_id": "$request.path.job_id", "name": "$response.body#/data/0/name"},
    }
}


@router.get(
    "",
    **operation(
        (200, Shown("The artifacts, sorted by name.", ArtifactList, links=_LINKS)),
        problems=(JobNotFound, DatabaseUnavailable),
        is_conditional=True,
    ),
    summary="List a job's artifacts",
)
async def list_artifacts(request: Request, job_id: str) -> Response:
    """Lists all artifacts of the job. There are few, so they fit on one page."""
    NoQuery.of(request)
    documents = await service.list_artifacts(context_of(request), caller_of(request), job_id)
    return conditional(request, Json(page(documents)))


@router.get(
    "/{name}",
    **operation(
        (200, Shown("The file.", media_types=_BYTES, headers=_HEADERS)),
        (206, Shown("The requested part of the file.", media_types=_BYTES, headers=_PART_HEADERS)),
        problems=(
            JobNotFound,
            ArtifactNotFound,
            RangeUnsatisfiable,
            FileMissing,
            DatabaseUnavailable,
            StorageUnavailable,
        ),
        headers={
            "Range": "One part of the file, such as `bytes=0-499`. Anything that is not such a range is ignored.",
            "If-Range": "The `ETag` of the file that you have a part of. The whole file is sent if it has another one.",
        },
        is_conditional=True,
    ),
    summary="Download an artifact",
)
async def download(request: Request, job_id: str, name: str) -> Response:
    """Returns the file or, with `Range`, one part of it. To resume a download safely, send its `ETag` as `If-Range`."""
    NoQuery.of(request)
    artifact = await service.find(context_of(request), caller_of(request), job_id, name)
    tag = f'"{artifact.sha256}"'
    if is_matched(request, tag):
        return not_modified(tag)
    is_range_meant = request.headers.get("if-range", tag) == tag
    wanted = parse_range(request.headers.get("range"), artifact.size_bytes) if is_range_meant else None
    headers = {
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Length": str(artifact.size_bytes if wanted is None else wanted.length_bytes),
    }
    if wanted is not None:
        headers["Content-Range"] = f"bytes {wanted.first}-{wanted.last}/{artifact.size_bytes}"
    status = 200 if wanted is None else 206
    if request.scope.get("is_head", False):
        # All of it is known without the file, which may be large, or be paid for by the byte.
        return Response(None, status, headers, artifact.media_type)
    content = await service.open_content(context_of(request), artifact, wanted)
    return StreamingResponse(content, status, headers, artifact.media_type)
