"""What is measured of a job's layers after each epoch."""

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Identifier, PlainText, byte_length

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# What is of a fixed size, as `db.tables.row_sizes` has it.
_SIGNALS_BYTES = 96


def upgrade() -> None:
    """Make the table; no job has signals yet."""
    op.create_table(
        "epoch_signals",
        sa.Column("job_id", Identifier(), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("signals_json", PlainText(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="epoch_signals_job_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "epoch", name="epoch_signals_pkey"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Give back what the rows are counted by, and drop the table."""
    jobs = sa.table("jobs", sa.column("id"), sa.column("row_bytes", sa.BigInteger()))
    signals = sa.table("epoch_signals", sa.column("job_id"), sa.column("signals_json"))
    size = sa.func.sum(_SIGNALS_BYTES + byte_length(signals.c.signals_json))
    stored = sa.select(sa.func.coalesce(size, 0)).where(signals.c.job_id == jobs.c.id).scalar_subquery()
    op.execute(
        sa.update(jobs)
        .where(sa.exists().where(signals.c.job_id == jobs.c.id))
        .values(row_bytes=jobs.c.row_bytes - stored)
    )
    op.drop_table("epoch_signals")
