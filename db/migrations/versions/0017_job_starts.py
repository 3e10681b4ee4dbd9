"""What is seen once of a job's training."""

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Identifier, PlainText, byte_length

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# What is of a fixed size, as `db.tables.row_sizes` has it.
_START_BYTES = 96


def upgrade() -> None:
    """Make the table; of no job anything is known yet."""
    op.create_table(
        "job_starts",
        sa.Column("job_id", Identifier(), nullable=False),
        sa.Column("start_json", PlainText(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="job_starts_job_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name="job_starts_pkey"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Give back what the rows are counted by, and drop the table."""
    jobs = sa.table("jobs", sa.column("id"), sa.column("row_bytes", sa.BigInteger()))
    starts = sa.table("job_starts", sa.column("job_id"), sa.column("start_json"))
    size = sa.func.sum(_START_BYTES + byte_length(starts.c.start_json))
    stored = sa.select(sa.func.coalesce(size, 0)).where(starts.c.job_id == jobs.c.id).scalar_subquery()
    op.execute(
        sa.update(jobs)
        .where(sa.exists().where(starts.c.job_id == jobs.c.id))
        .values(row_bytes=jobs.c.row_bytes - stored)
    )
    op.drop_table("job_starts")
