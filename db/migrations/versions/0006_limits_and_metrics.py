"""What a project may have, what its jobs are counted by, where a job came from, and sums for the metrics."""

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Identifier, PlainText

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_QUOTAS = ("max_jobs_queued", "max_jobs_running", "max_stored_bytes", "max_epoch_samples_per_day")
_DOUBLE: sa.Double[float] = sa.Double()
_ORIGINS = ("request_id", "traceparent")


def upgrade() -> None:
    """Add them; projects have no quota of their own, jobs there are came from nobody knows where."""
    for name in _QUOTAS:
        op.add_column("projects", sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column("jobs", sa.Column("train_rows", sa.BigInteger(), server_default="0", nullable=False))
    for name in _ORIGINS:
        op.add_column("jobs", sa.Column(name, PlainText(), nullable=True))
    op.create_table(
        "totals",
        sa.Column("name", Identifier(), nullable=False),
        sa.Column("labels", Identifier(), nullable=False),
        sa.Column("value", _DOUBLE, nullable=False),
        sa.PrimaryKeyConstraint("name", "labels", name="totals_pkey"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("totals")
    for name in (*reversed(_ORIGINS), "train_rows"):
        op.drop_column("jobs", name)
    for name in reversed(_QUOTAS):
        op.drop_column("projects", name)
