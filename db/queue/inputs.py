"""What files of the storage an attempt begins with: all that a job has are said here."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts import checkpoints
from spec.inputs import InputName


@dataclass(frozen=True, slots=True)
class Input:
    """A file of the storage that is brought to the trainer before it is given its order.

    Attributes:
        name: What the trainer finds it by. Of several of one name, the first that is whole is brought.
        key: Where it lies.
        sha256: Of what was stored, in hexadecimal.
        size_bytes: Of what was stored.
        is_required: Whether nothing can be trained without it.
    """

    name: InputName
    key: str
    sha256: str
    size_bytes: int
    is_required: bool = True


async def inputs_of(connection: AsyncConnection, job_id: str, attempt: int) -> tuple[Input, ...]:
    """What this attempt at a job begins with: today the checkpoints of earlier ones, the newest first."""
    if attempt == 1:
        return ()
    return tuple(
        Input(InputName.CHECKPOINT, row.key, row.sha256, row.size_bytes, is_required=False)
        for row in await checkpoints.list_for(connection, job_id)
    )
