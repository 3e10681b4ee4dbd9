"""The rows of a data set that people are shown: a file that its reading left."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import conditional, is_matched, not_modified
from api.answers.documents import Json
from api.artifacts.service import open_content
from api.context import Context, context_of
from db.attempts import artifacts
from db.attempts.artifacts import ArtifactRow
from db.datasets import datasets
from db.datasets.datasets import READY
from db.errors import DatasetNotFound
from services.dataset_facts import reason_of
from services.errors import DatasetNotReady
from services.ids import checked_id
from spec.datasets.previews import PREVIEW_FILE
from storage.errors import FileMissing


async def read(request: Request, given_id: str, limit: int) -> Response:
    """The answer to who asks for the first rows.

    Raises:
        DatasetNotFound: If the caller has no such data set.
        DatasetNotReady: If it is being read, or could not be read.
        FileMissing: If the storage has lost them.
        DatabaseUnavailable: If the database does not answer.
        StorageUnavailable: If the storage does not.
    """
    context, caller = context_of(request), caller_of(request)
    dataset_id = checked_id(given_id, "ds", DatasetNotFound)
    async with context.database.read() as connection:
        row = await datasets.get(connection, dataset_id, caller.project)
        if row.status != READY:
            raise DatasetNotReady(row.id, reason_of(row.error_json))
        file = await artifacts.get(connection, row.job_id, PREVIEW_FILE)
        if file is None:
            await datasets.get(connection, dataset_id, caller.project)  # it may have gone meanwhile
            raise FileMissing(PREVIEW_FILE)
    tag = f'"{file.sha256[:32]}-{limit}"'
    if is_matched(request, tag):
        return not_modified(tag)
    return conditional(request, Json(await _document(context, file, limit)), tag)


async def preview_of(context: Context, job_id: str, limit: int) -> dict[str, Any]:
    """The first rows of what a job has read.

    Raises:
        FileMissing: If there are none.
        DatabaseUnavailable: If the database does not answer.
        StorageUnavailable: If the storage does not.
    """
    async with context.database.read() as connection:
        file = await artifacts.get(connection, job_id, PREVIEW_FILE)
    if file is None:
        raise FileMissing(PREVIEW_FILE)
    return await _document(context, file, limit)


async def _document(context: Context, file: ArtifactRow, limit: int) -> dict[str, Any]:
    text = b"".join([piece async for piece in await open_content(context, file, None)])
    preview: dict[str, Any] = orjson.loads(text)
    cut = {name: preview[name][:limit] for name in ("rows", "row_numbers")}
    return {"object": "preview", **preview, **cut}
