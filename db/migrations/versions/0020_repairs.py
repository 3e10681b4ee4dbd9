"""Repairs of jobs that did not learn."""

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Identifier, PlainText, UtcTime, byte_length

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# What is of a fixed size, as `db.tables.row_sizes` has it.
_REPAIR_BYTES = 2048


def upgrade() -> None:
    """Make the tables and the column; no job is being repaired."""
    op.add_column("jobs", sa.Column("is_repairing", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "repairs",
        sa.Column("job_id", Identifier(), nullable=False),
        sa.Column("status", PlainText(), nullable=False, server_default="running"),
        sa.Column("step", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("plan_json", PlainText(), nullable=False),
        sa.Column("decision_json", PlainText(), nullable=True),
        sa.Column("waits_for", PlainText(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="repairs_job_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name="repairs_pkey"),
        sa.CheckConstraint("status IN ('running', 'done', 'cancelled')", name="repairs_status_check"),
        sqlite_with_rowid=False,
    )
    is_running = sa.text("status = 'running'")
    op.create_index("repairs_running", "repairs", ["job_id"], postgresql_where=is_running, sqlite_where=is_running)
    op.create_table(
        "repair_trials",
        sa.Column("job_id", Identifier(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("child", Identifier(), nullable=True),
        sa.Column("candidate", sa.Integer(), nullable=True),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("until_epoch", sa.BigInteger(), nullable=True),
        sa.Column("is_settled", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("is_out", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("is_lost", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column[float]("score", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["repairs.job_id"], name="repair_trials_job_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "number", name="repair_trials_pkey"),
        sa.UniqueConstraint("child", name="repair_trials_child_key"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Give back what the repairs are counted by, and drop all of it; their jobs stay."""
    jobs = sa.table("jobs", sa.column("id"), sa.column("row_bytes", sa.BigInteger()))
    repairs = sa.table("repairs", *map(sa.column, ("job_id", "plan_json", "decision_json")))
    size = _REPAIR_BYTES + byte_length(repairs.c.plan_json)
    stored = sa.select(size).where(repairs.c.job_id == jobs.c.id).scalar_subquery()
    op.execute(
        sa.update(jobs)
        .where(sa.exists().where(repairs.c.job_id == jobs.c.id))
        .values(row_bytes=jobs.c.row_bytes - stored)
    )
    op.drop_table("repair_trials")
    op.drop_index("repairs_running", "repairs")
    op.drop_table("repairs")
    op.drop_column("jobs", "is_repairing")
