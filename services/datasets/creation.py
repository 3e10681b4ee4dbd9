"""How a data set is made: with the internal job that reads it, in one transaction, at most once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from db.datasets import datasets, uploads
from db.datasets.datasets import DatasetRow, NewDataset, StoredFile
from db.errors import CommitUncertain, DatasetNotFound, UploadNotFound
from db.jobs import jobs
from db.jobs.rows import NewJob
from db.projects import audit
from services.actors import Actor
from services.context import ServiceContext
from services.creations import Creation, Keyed, first_answer_or_faults
from services.datasets.bodies import Described
from services.datasets.names import name_of_upload
from services.errors import BodyFaulty
from services.hints import hint_of
from services.incoming import Incoming, IncomingFile
from services.once import make_once
from services.quotas.guard import Use
from spec.ids import new_id
from spec.kinds import READ
from spec.language.faults import Fault
from spec.language.numbers import encode_json
from storage.errors import FileMissing

READ_SECONDS = 3600.0
"""How long a file may be read."""
READ_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """A data set that is to be made.

    Attributes:
        actor: Whose it will be.
        described: How its file is to be read.
        keyed: If it came with a key.
        is_dry_run: Whether it is only to be looked at: `services.datasets.dry_runs.end` takes it away again.
        file_name: What it is called unless its description says so.
    """

    actor: Actor
    described: Described
    keyed: Keyed[DatasetRow] | None = None
    is_dry_run: bool = False
    file_name: str | None = None

    def new_dataset(self) -> NewDataset:
        """The data set, with the job that will read it."""
        dataset_id, trace = new_id("ds"), self.actor.trace
        said, members = self.described.said, self.described.members
        job = NewJob(
            id=new_id("job"),
            project=self.actor.project,
            name=None,
            spec_json=encode_json({"description": members}),
            seed=0,
            dataset=dataset_id,
            epochs=1,
            max_attempts=READ_ATTEMPTS,
            max_runtime_seconds=READ_SECONDS,
            request_id=trace.request_id,
            traceparent=trace.traceparent,
            kind=READ,
        )
        return NewDataset(
            id=dataset_id,
            project=self.actor.project,
            name=said.name or self.file_name,
            format=said.format,
            description_json=encode_json(members),
            job=job,
            is_dry_run=self.is_dry_run,
        )


def new_key() -> str:
    """A key for a file that is to be received.

    Not its digest: that is known only once all of it has come, and an object store cannot rename what it has by then.
    """
    return f"blobs/{new_id('ds').partition('_')[2]}"


async def create_of_file(
    context: ServiceContext, incoming: Incoming, wish: Wish, file: StoredFile, upload_id: str | None = None
) -> Creation[DatasetRow]:
    """Makes the data set of a file that was just stored.

    Args:
        context: What services work with.
        incoming: Removes the file again where it is not needed.
        wish: What is to be made.
        file: Which file.
        upload_id: The upload that it was put together from, if it was; it is used up.

    Raises:
        UploadNotFound: If the upload was used or deleted meanwhile.
        QuotaExceeded: If the project has no bytes left for it.
        IdempotencyKeyReused: If the key came with another request.
        IdempotencyKeyInFlight: If a request with the key is being carried out.
        DatabaseUnavailable: If the database does not answer.
    """
    is_spare = False

    async def make(connection: Any, new: NewDataset) -> DatasetRow:  # noqa: ANN401 -- the database's connection
        nonlocal is_spare
        if upload_id is not None:
            await uploads.remove(connection, upload_id, new.project)
        row, is_spare = await datasets.create(connection, new, file)
        return row

    # What came in parts is counted already.
    stored_bytes = file.size_bytes if upload_id is None else 0
    try:
        creation = await _create(context, wish, make, stored_bytes)
    except CommitUncertain:
        raise  # something may refer to the file
    except Exception:
        await incoming.discard(file.key)
        raise
    if is_spare or creation.made is None:
        await incoming.discard(file.key)
    return creation


async def create_from(context: ServiceContext, wish: Wish, source_id: str) -> Creation[DatasetRow]:
    """Makes a data set of the bytes of another one.

    Raises:
        BodyFaulty: If the project has no such data set.
        QuotaExceeded: If the project has no bytes left for it.
        IdempotencyKeyReused: If the key came with another request.
        IdempotencyKeyInFlight: If a request with the key is being carried out.
        DatabaseUnavailable: If the database does not answer.
    """

    async def make(connection: Any, new: NewDataset) -> DatasetRow:  # noqa: ANN401 -- as above
        return await datasets.create_from(connection, new, source_id)

    try:
        return await _create(context, wish, make, 0)
    except DatasetNotFound as error:
        raise BodyFaulty([Fault(pointer="/from", message=str(error), code="dataset_not_found")]) from None


async def create_of_upload(
    context: ServiceContext, incoming: Incoming, wish: Wish, upload_id: str
) -> Creation[DatasetRow]:
    """Makes the data set of a complete upload, which is used up by it, unless it is a dry run.

    Sent again with its key, it gets the first answer, although the upload is gone by then.

    Raises:
        BodyFaulty: If the project has no such upload.
        UploadIncomplete: If not all of it has come.
        TooManyTransfers: If too many files are being put together or received.
        QuotaExceeded: If the project has no bytes left for it.
        IdempotencyKeyReused: If the key came with another request.
        IdempotencyKeyInFlight: If a request with the key is being carried out.
        DatabaseUnavailable: If the database does not answer.
        StorageUnavailable: If the storage does not answer.
    """
    try:
        async with context.database.read() as connection:
            parts = await uploads.parts_of(connection, upload_id, wish.actor.project)
            upload = await uploads.get(connection, upload_id, wish.actor.project)
        wish = replace(wish, file_name=name_of_upload(upload.metadata_text))
        with incoming.turn(wish.actor.project):
            async with incoming.file(new_key()) as file:
                for part in parts:
                    await _add(incoming, file, part)
                stored = await incoming.commit(file)
        used_up = None if wish.is_dry_run else upload_id
        return await create_of_file(context, incoming, wish, stored, used_up)
    except (UploadNotFound, FileMissing):
        # It may have been used up by another request while this one was reading its parts.
        fault = Fault(pointer="/upload", message=str(UploadNotFound(upload_id)), code="upload_not_found")
        return await first_answer_or_faults(context.database, wish.keyed, BodyFaulty([fault]))


async def _add(incoming: Incoming, file: IncomingFile, part: uploads.Part) -> None:
    async for piece in incoming.read(part):
        await file.add(piece)


async def _create(
    context: ServiceContext,
    wish: Wish,
    make: Callable[[Any, NewDataset], Awaitable[DatasetRow]],
    stored_bytes: int,
) -> Creation[DatasetRow]:
    actor, new = wish.actor, wish.new_dataset()
    row_bytes = datasets.bytes_of(new) + jobs.bytes_of(new.job)
    async with context.quotas.looking(actor.project) as taking:

        async def make_all(connection: Any) -> DatasetRow:  # noqa: ANN401 -- as above
            taking.take(actor.project, Use(row_bytes=row_bytes, stored_bytes=stored_bytes))
            row = await make(connection, new)
            if not wish.is_dry_run:
                await audit.record(connection, actor.act("dataset.create", new.id))
            return row

        kept_texts = [new.name, new.description_json]
        creation = await make_once(context, actor, wish.keyed, make_all, kept_texts)
    if creation.made is not None:
        context.hints.offer(hint_of(new.job))
    return creation
