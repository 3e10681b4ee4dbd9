"""``/v1/uploads``: tus 1.0, with creation, checksum, expiration and termination."""

from collections.abc import AsyncGenerator

from fastapi import APIRouter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import conditional
from api.answers.documents import Json
from api.answers.errors import HeaderFaulty, MediaTypeUnsupported, TusVersionUnsupported
from api.answers.rows import document_of
from api.calls import done, listing, reading, removal
from api.context import context_of
from api.datasets.routes import RECEIVING_PROBLEMS
from api.openapi.declarations import Shown, operation
from api.owned import OwnList
from api.requests.queries import NoQuery
from api.serving.plain_routes import PlainRoute
from api.uploads import headers
from api.uploads.schemas import UploadDocument, UploadList
from db.datasets import uploads
from db.datasets.uploads import UploadRow
from db.errors import DatabaseUnavailable, TooManyUploads, UploadExpired, UploadMoved, UploadNotFound
from services import uploads as services
from services.errors import QuotaExceeded
from services.ids import checked_id
from services.quotas.room import FileTooLarge
from services.uploads import ChecksumMismatch, SenderGone, SentPart

router = APIRouter(prefix="/v1/uploads", tags=["uploads"], route_class=PlainRoute)
_READ_PROBLEMS = (UploadNotFound, DatabaseUnavailable)
_NOT_STORED = "no-store"
upload_document = document_of(UploadDocument, UploadRow)
_LIST = OwnList(prefix="up", list_page=uploads.list_page, document_of=upload_document)


@router.post(
    "",
    **operation(
        (
            201,
            Shown("The upload.", UploadDocument, headers={"Location": "The URL of the upload.", **headers.ANSWERED}),
        ),
        problems=(
            HeaderFaulty,
            TusVersionUnsupported,
            FileTooLarge,
            TooManyUploads,
            QuotaExceeded,
            DatabaseUnavailable,
        ),
        headers={
            "Tus-Resumable": headers.RESUMABLE,
            "Upload-Length": headers.LENGTH,
            "Upload-Metadata": headers.METADATA,
        },
    ),
    summary="Create an upload",
)
async def create(request: Request) -> Response:
    """Begins to send a file in parts, as clients of tus 1.0 do.

    The call has no body. When all parts have been received, create a data set with `{"upload": "up_…"}`.
    """
    NoQuery.of(request)
    headers.check_version(request)
    context, caller = context_of(request), caller_of(request)
    size_bytes, metadata_text = headers.length_of(request), headers.metadata_of(request)
    if size_bytes > context.settings.max_upload_bytes:
        raise FileTooLarge(context.settings.max_upload_bytes)
    row = await services.create(context.services, caller, size_bytes, metadata_text)
    location = {"Location": f"/v1/uploads/{row.id}", "Cache-Control": _NOT_STORED}
    return Json(upload_document(row), 201, {**headers.headers_of(row), **location})


@router.options(
    "",
    **operation((204, Shown("What is supported.", media_types=(), headers=headers.OFFERED))),
    summary="Read what uploads support",
)
async def offers(request: Request) -> Response:
    """Returns the version of tus, its extensions, and the largest size of a file, all in headers."""
    NoQuery.of(request)
    return Response(status_code=204, headers=headers.offers(context_of(request).settings.max_upload_bytes))


@router.get("", **listing("A page of uploads.", UploadList, DatabaseUnavailable), summary="List uploads")
async def list_uploads(request: Request) -> Response:
    """Lists the project's uploads that no data set was created from yet, newest first."""
    return await _LIST.page(request)


@router.get(
    "/{upload_id}",
    **reading("The upload.", UploadDocument, *_READ_PROBLEMS, headers={**headers.ANSWERED, **headers.TOLD}),
    summary="Read an upload",
)
async def read(request: Request, upload_id: str) -> Response:
    """Returns where the upload is, also in headers, which HEAD returns alone."""
    NoQuery.of(request)
    checked_id(upload_id, "up", UploadNotFound)
    async with context_of(request).database.read() as connection:
        row = await uploads.get(connection, upload_id, caller_of(request).project)
    told = {**headers.all_headers_of(row), "Cache-Control": _NOT_STORED}
    return conditional(request, Json(upload_document(row), headers=told))


@router.patch(
    "/{upload_id}",
    **operation(
        (204, Shown("The part was received.", media_types=(), headers=headers.ANSWERED)),
        problems=(
            *RECEIVING_PROBLEMS,
            *_READ_PROBLEMS,
            HeaderFaulty,
            TusVersionUnsupported,
            MediaTypeUnsupported,
            UploadMoved,
            UploadExpired,
            TooManyUploads,
            ChecksumMismatch,
        ),
        headers={
            "Tus-Resumable": headers.RESUMABLE,
            "Upload-Offset": headers.OFFSET,
            "Upload-Checksum": headers.CHECKSUM,
        },
        body=Shown("A part of the file.", media_types=(headers.PART_MEDIA_TYPE,)),
    ),
    summary="Send a part of an upload",
)
async def receive(request: Request, upload_id: str) -> Response:
    """Adds a part at the byte where the upload is.

    If the connection breaks, what was received counts, unless the part has a checksum.
    """
    NoQuery.of(request)
    headers.check_version(request)
    headers.check_media_type(request)
    context, caller = context_of(request), caller_of(request)
    declared = request.headers.get("content-length", "")
    expected = int(declared[:18]) if declared.isdecimal() else 0
    sent = SentPart(headers.offset_of(request), _pieces(request), headers.checksum_of(request), expected_bytes=expected)
    try:
        row = await services.receive(context.services, context.incoming, caller, upload_id, sent)
    except SenderGone:
        raise ClientDisconnect from None
    return Response(status_code=204, headers=headers.headers_of(row))


@router.delete("/{upload_id}", **removal("The upload was deleted.", *_READ_PROBLEMS), summary="Delete an upload")
async def remove(request: Request, upload_id: str) -> Response:
    """Deletes the upload with all parts that were received."""
    headers.check_version(request)
    answer = await done(request, services.remove, upload_id)
    answer.headers["Tus-Resumable"] = headers.VERSION
    return answer


async def _pieces(request: Request) -> AsyncGenerator[bytes]:
    try:
        async for piece in request.stream():
            if piece:
                yield piece
    except ClientDisconnect:
        raise SenderGone from None
