"""What is answered to who asks how a file would be read."""

import asyncio
from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.documents import Json
from api.context import context_of
from api.datasets.documents import dataset_document
from api.datasets.previews import preview_of
from api.datasets.reading import wait_until_read
from api.datasets.schemas import DEFAULT_PREVIEW_ROWS
from db.datasets.datasets import READY, DatasetRow
from services.datasets import dry_runs
from storage.errors import FileMissing


async def answer(request: Request, made: DatasetRow, wait_seconds: float) -> Response:
    """How the file was read; nothing of it is left, whatever comes of it.

    Args:
        request: What is asked.
        made: The data set that was made for it.
        wait_seconds: For how long its reading is waited for.

    Raises:
        DryRunTimedOut: If it was not read in time.
        TooManyListeners: If as many as may are waiting.
        TooManyProjectListeners: If as many of the caller's as may are.
        DatabaseUnavailable: If the database does not answer.
        StorageUnavailable: If the storage does not.
    """
    services = context_of(request).services
    try:
        return Json(await _document(request, made, wait_seconds))
    finally:
        # Whoever asked may be gone, and this call may be cancelled.
        await asyncio.shield(asyncio.create_task(dry_runs.end(services, made), name="end a dry run"))


async def _document(request: Request, made: DatasetRow, wait_seconds: float) -> dict[str, Any]:
    context, caller = context_of(request), caller_of(request)
    standing, row = await dry_runs.look(context.services, made)
    if not standing.has_ended:
        await wait_until_read(request, caller, standing, wait_seconds)
        _, row = await dry_runs.look(context.services, made)
    row = dry_runs.checked_end(row, wait_seconds)
    preview: dict[str, Any] | None = None
    if row.status == READY:
        with suppress(FileMissing):  # a worker of an older version leaves none
            preview = await preview_of(context, row.job_id, DEFAULT_PREVIEW_ROWS)
    return {
        **dataset_document(row),
        "id": None,
        "created_at": None,
        "ended_at": None,
        "dry_run": True,
        "preview": preview,
    }
