"""What can be wrong with what the database is asked, in the words of the domain."""

from collections.abc import Sequence
from typing import ClassVar, Self

from spec.states import JobStatus


class DatabaseError(Exception):
    """The root of this room's errors."""


class DatabaseUnavailable(DatabaseError):
    """The database cannot be reached or cannot work now: away, overloaded, locked, full. Trying again may help.

    Its message names the cause and never holds a parameter's value or a password.
    """


class CommitUncertain(DatabaseUnavailable):
    """The connection was lost while committing: the transaction may have taken place. Read back before repeating."""


class SchemaNotMigrated(DatabaseUnavailable):
    """A table or column is missing: ``python -m db.migrate`` was not run, or is running."""


class StatementFailed(DatabaseError):
    """The database refused a statement: a defect of ours. Tells which statement and why, without the values in it."""

    holds_no_data = True


class NotFound(DatabaseError):
    """Nothing has this id; ``WHAT`` says what it would be."""

    WHAT: ClassVar[str]

    def __init__(self, given_id: str) -> None:
        super().__init__(f'{self.WHAT} "{given_id}" was not found.')


class JobNotFound(NotFound):
    """There is no such job."""

    WHAT = "Job"


class KeyNotFound(NotFound):
    """There is no such key."""

    WHAT = "API key"


class JobAlreadyEnded(DatabaseError):
    """The job has ended, so what was asked can no longer be done to it."""

    def __init__(self, job_id: str, status: JobStatus) -> None:
        super().__init__(f'Job "{job_id}" has already ended with the status `{status}`.')
        self.job_id = job_id
        self.status = status


class JobNotEnded(DatabaseError):
    """The job has not ended, so it cannot be deleted."""

    def __init__(self, job_id: str, status: JobStatus) -> None:
        super().__init__(f'Job "{job_id}" has not ended yet: its status is `{status}`. Cancel it first.')
        self.job_id = job_id
        self.status = status


class WebhookNotFound(NotFound):
    """There is no such webhook."""

    WHAT = "Webhook"


class DeliveryNotFound(NotFound):
    """The webhook has no such delivery."""

    WHAT = "Delivery"


class WebhookDisabled(DatabaseError):
    """The webhook is switched off, so nothing is sent to it."""

    def __init__(self, webhook_id: str) -> None:
        super().__init__(f'Webhook "{webhook_id}" is disabled. Set its `is_enabled` to `true` first.')


class TooManyWebhooks(DatabaseError):
    """The project has as many webhooks as it may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"A project can have at most {limit:,} webhooks. Delete one first.")


class TooManyKeys(DatabaseError):
    """The project has as many keys as it may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"A project can have at most {limit:,} active API keys. Revoke one first.")


class CancelPending(DatabaseError):
    """The job was asked to cancel and will, so it can be neither paused nor resumed."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f'Job "{job_id}" is being cancelled, so it can be neither paused nor resumed.')
        self.job_id = job_id


class IdempotencyKeyReused(DatabaseError):
    """The key came before with another request."""

    def __init__(self) -> None:
        super().__init__("This `Idempotency-Key` was already used for a different request. Use a new key.")


class IdempotencyKeyInFlight(DatabaseError):
    """A request with this key is being carried out now."""

    def __init__(self) -> None:
        super().__init__("A request with this `Idempotency-Key` is still in progress. Retry shortly.")


class AttemptSuperseded(DatabaseError):
    """The fence refuses: the attempt no longer owns its job, which has ended or belongs to a later attempt."""

    def __init__(self, job_id: str, attempt: int) -> None:
        super().__init__(f"Attempt {attempt} no longer owns job {job_id}.")
        self.job_id = job_id
        self.attempt = attempt


class DatasetNotFound(NotFound):
    """There is no such data set."""

    WHAT = "Data set"


class DatasetInUse(DatabaseError):
    """A job that has not ended uses the data set, so it cannot be deleted."""

    def __init__(self, dataset_id: str, job_ids: Sequence[str]) -> None:
        """Names the jobs.

        Args:
            dataset_id: Of the data set.
            job_ids: Of jobs that use it, at least one.
        """
        first, *others = (f'"{job_id}"' for job_id in job_ids)
        if not others:
            sentence = f"is used by job {first}, which has not ended. Cancel the job first, or wait."
        else:
            named = f"{', '.join([first, *others[:-1]])} and {others[-1]}"
            sentence = f"is used by jobs that have not ended: {named}. Cancel such jobs first, or wait."
        super().__init__(f'Data set "{dataset_id}" {sentence}')


class UploadNotFound(NotFound):
    """There is no such upload."""

    WHAT = "Upload"


class UploadExpired(DatabaseError):
    """The upload was not completed in time."""

    def __init__(self, upload_id: str) -> None:
        super().__init__(f'Upload "{upload_id}" has expired. Create a new one.')


class UploadIncomplete(DatabaseError):
    """Not all of the upload has arrived."""

    def __init__(self, upload_id: str, received: int, size: int) -> None:
        super().__init__(
            f'Upload "{upload_id}" is not complete: {received:,} of {size:,} bytes were received. Send the rest first.'
        )


class UploadMoved(DatabaseError):
    """The upload is at another offset than the request, or another request goes on with it.

    Attributes:
        offset_bytes: Where it is.
    """

    def __init__(self, upload_id: str, offset_bytes: int) -> None:
        super().__init__(
            f'Upload "{upload_id}" continues at byte {offset_bytes:,}, not where this request begins. '
            "Read its offset again and continue there."
        )
        self.offset_bytes = offset_bytes


class TooManyUploads(DatabaseError):
    """The project has as many unfinished uploads as it may have, or one came in as many parts as it may."""

    @classmethod
    def of_project(cls, limit: int) -> Self:
        """Of uploads."""
        return cls(f"A project can have at most {limit:,} unfinished uploads. Finish or delete one first.")

    @classmethod
    def of_parts(cls, limit: int) -> Self:
        """Of parts."""
        return cls(f"An upload can be sent in at most {limit:,} requests. Create a new one and send larger parts.")


class FileSwept(DatabaseUnavailable):
    """A file took so long to be noted in the database that it was removed meanwhile."""
