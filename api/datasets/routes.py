"""``/v1/datasets``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.errors import MediaTypeUnsupported, TooManyListeners, TooManyProjectListeners
from api.calls import creation, done, listed, listing, reading, removal
from api.context import Context, context_of
from api.datasets import dry_runs, examples, previews, sending
from api.datasets import reading as dataset_reading
from api.datasets.documents import dataset_answer, dataset_document
from api.datasets.schemas import (
    DatasetDocument,
    DatasetDryRun,
    DatasetList,
    DatasetQuery,
    DatasetsQuery,
    NewDatasetForm,
    NewDatasetQuery,
    PreviewDocument,
    PreviewQuery,
)
from api.openapi.declarations import Shown
from api.requests import idempotency
from api.requests.bodies import is_json, read_json
from api.requests.forms import MEDIA_TYPE, FormMalformed, is_form
from api.serving.plain_routes import PlainRoute
from db.datasets.datasets import DatasetRow
from db.errors import DatabaseUnavailable, DatasetInUse, DatasetNotFound, UploadIncomplete
from services.actors import Actor
from services.creations import Creation
from services.datasets import changes
from services.datasets.bodies import NewDatasetBody, read_body
from services.datasets.creation import Wish, create_from, create_of_file, create_of_upload
from services.datasets.dry_runs import DryRunTimedOut
from services.errors import DatasetNotReady, QuotaExceeded
from services.incoming import TooManyTransfers
from services.quotas.room import FileTooLarge
from storage.errors import FileMissing, StorageFull, StorageUnavailable

router = APIRouter(prefix="/v1/datasets", tags=["datasets"], route_class=PlainRoute)
_READ_PROBLEMS = (DatasetNotFound, DatabaseUnavailable)
_WAIT_PROBLEMS = (TooManyListeners, TooManyProjectListeners)
RECEIVING_PROBLEMS = (FileTooLarge, TooManyTransfers, QuotaExceeded, StorageFull, StorageUnavailable)


@router.post(
    "",
    **creation(
        (
            201,
            Shown(
                "The data set, which will be read.", DatasetDocument, headers=idempotency.created_headers("data set")
            ),
        ),
        (200, Shown("With `dry_run`: the data set as it would be.", DatasetDryRun)),
        problems=(
            *RECEIVING_PROBLEMS,
            *_WAIT_PROBLEMS,
            FormMalformed,
            UploadIncomplete,
            DryRunTimedOut,
            DatabaseUnavailable,
        ),
        query=NewDatasetQuery,
        body=Shown(
            "A form with the file, or a JSON object that names bytes that are there already.",
            NewDatasetBody,
            (MEDIA_TYPE, "application/json"),
            models={MEDIA_TYPE: NewDatasetForm},
            examples=examples.DATASETS,
            examples_of={MEDIA_TYPE: examples.FORMS},
        ),
    ),
    summary="Create a data set",
)
async def create(request: Request) -> Response:
    """Stores the file, which a worker then reads.

    The fields of the form are `file` and, if you like, `description`. Equal files are stored once. Large
    files can be sent in parts by `/v1/uploads`.

    With `dry_run`, the answer waits until the file has been read, and tells how it would be read, or why it cannot be.
    Nothing of it is kept, an upload is not used up, and an `Idempotency-Key` has no effect.
    """
    query = NewDatasetQuery.of(request)
    context, caller = context_of(request), caller_of(request)
    if is_form(request):
        made = await _of_form(request, context, caller, is_dry_run=query.dry_run)
    elif is_json(request):
        made = await _of_json(request, context, caller, is_dry_run=query.dry_run)
    else:
        raise MediaTypeUnsupported(
            f"The request body must be a form with a file, or JSON: its `Content-Type` must be `{MEDIA_TYPE}` or "
            "`application/json`."
        )
    if query.dry_run and made.made is not None:
        return await dry_runs.answer(request, made.made, query.wait_seconds)
    return idempotency.created(made, dataset_answer)


async def _of_form(request: Request, context: Context, caller: Actor, *, is_dry_run: bool) -> Creation[DatasetRow]:
    idempotency.checked_key(request)
    received = await sending.receive(request, context, caller)
    sent = {"description": received.described.members, "sha256": received.file.sha256, "name": received.name}
    keyed = None if is_dry_run else idempotency.keyed(request, caller, sent, dataset_answer)
    wish = Wish(caller, received.described, keyed, is_dry_run, received.name)
    return await create_of_file(context.services, context.incoming, wish, received.file)


async def _of_json(request: Request, context: Context, caller: Actor, *, is_dry_run: bool) -> Creation[DatasetRow]:
    body = await read_json(request, limit_bytes=context.settings.max_body_bytes)
    keyed = idempotency.keyed(request, caller, body, dataset_answer)
    said, described = read_body(body)
    wish = Wish(caller, described, None if is_dry_run else keyed, is_dry_run)
    if said.source is not None:
        return await create_from(context.services, wish, said.source)
    return await create_of_upload(context.services, context.incoming, wish, str(said.upload))


@router.get(
    "",
    **listing("A page of data sets.", DatasetList, DatabaseUnavailable, query=DatasetsQuery),
    summary="List data sets",
)
async def list_datasets(request: Request) -> Response:
    """Lists the project's data sets, newest first."""
    found = await dataset_reading.list_page(context_of(request), caller_of(request), DatasetsQuery.of(request))
    return listed(request, found, dataset_document)


@router.get(
    "/{dataset_id}",
    **reading("The data set.", DatasetDocument, *_READ_PROBLEMS, *_WAIT_PROBLEMS, query=DatasetQuery),
    summary="Read a data set",
)
async def read(request: Request, dataset_id: str) -> Response:
    """Returns the data set.

    With `wait_seconds`, the answer about a data set that is `processing` waits until it has been read.
    """
    return await dataset_reading.read(request, dataset_id, DatasetQuery.of(request).wait_seconds)


@router.get(
    "/{dataset_id}/preview",
    **reading(
        "The first rows.",
        PreviewDocument,
        *_READ_PROBLEMS,
        DatasetNotReady,
        FileMissing,
        StorageUnavailable,
        query=PreviewQuery,
    ),
    summary="Preview a data set",
)
async def preview(request: Request, dataset_id: str) -> Response:
    """Returns the first rows as they were read. Pictures are shown as thumbnails."""
    return await previews.read(request, dataset_id, PreviewQuery.of(request).limit)


@router.delete(
    "/{dataset_id}", **removal("The data set was deleted.", *_READ_PROBLEMS, DatasetInUse), summary="Delete a data set"
)
async def remove(request: Request, dataset_id: str) -> Response:
    """Deletes the data set. Its file is deleted with the last data set that is read from it."""
    return await done(request, changes.remove, dataset_id)
