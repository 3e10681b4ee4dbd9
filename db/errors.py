"""What can be wrong with what the database is asked, in the words of the domain."""

from typing import ClassVar

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
