"""What else is written when a job ends, in the transaction that ends it: a table by the kind of its work."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from db.datasets import readings
from db.jobs.rows import JobRow
from db.webhooks import messages
from spec.kinds import READ, TRAIN

End: TypeAlias = Callable[[AsyncConnection, JobRow], Awaitable[None]]
"""Takes the job as it ended: succeeded, failed, cancelled, or lost for good, by a worker or by whoever found it so.

It runs behind the fence, once for each job, and reads what came of the work from the job's ``results_json``.
"""

ENDS: dict[str, End] = {TRAIN: messages.note_end, READ: readings.note_end}
"""By kind. A kind that is missing here cannot end: another process, which knows it, ends its jobs."""
