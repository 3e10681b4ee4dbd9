"""A job was made when its id was: the API's clock gave the one, the database's the other, milliseconds apart."""

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Identifier, UtcTime
from spec.ids import made_at

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_JOBS = sa.table("jobs", sa.column("id", Identifier()), sa.column("created_at", UtcTime()))
_AT_ONCE = 1000


def upgrade() -> None:
    """Give each job the time of its id."""
    connection = op.get_bind()
    ids = connection.execute(sa.select(_JOBS.c.id)).scalars().all()
    change = sa.update(_JOBS).where(_JOBS.c.id == sa.bindparam("job_id")).values(created_at=sa.bindparam("of_id"))
    for start in range(0, len(ids), _AT_ONCE):
        rows = [{"job_id": job_id, "of_id": made_at(job_id)} for job_id in ids[start : start + _AT_ONCE]]
        connection.execute(change, rows)


def downgrade() -> None:
    """What the database's clock said is not known any more, and nothing needs it."""
