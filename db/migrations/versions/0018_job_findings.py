"""What the coach found: of a job's spec when it was made, and of its training as it went."""

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Identifier, PlainText, UtcTime, byte_length

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# What is of a fixed size, as `db.tables.row_sizes` has it.
_FINDINGS_BYTES = 128


def upgrade() -> None:
    """Make the table and the column; of no job anything was found yet."""
    op.add_column("jobs", sa.Column("findings_json", PlainText(), nullable=False, server_default="[]"))
    op.create_table(
        "job_findings",
        sa.Column("job_id", Identifier(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("findings_json", PlainText(), nullable=False),
        sa.Column("told_json", PlainText(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="job_findings_job_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name="job_findings_pkey"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Give back what the rows and the texts are counted by, and drop both."""
    jobs = sa.table(
        "jobs", sa.column("id"), sa.column("findings_json", PlainText()), sa.column("row_bytes", sa.BigInteger())
    )
    found = sa.table("job_findings", *map(sa.column, ("job_id", "findings_json", "told_json")))
    size = _FINDINGS_BYTES + byte_length(found.c.findings_json) + byte_length(found.c.told_json)
    stored = sa.select(sa.func.coalesce(sa.func.sum(size), 0)).where(found.c.job_id == jobs.c.id).scalar_subquery()
    op.execute(
        sa.update(jobs)
        .where(sa.exists().where(found.c.job_id == jobs.c.id))
        .values(row_bytes=jobs.c.row_bytes - stored)
    )
    # Jobs that are older than the column were never counted for it.
    is_counted = jobs.c.findings_json != "[]"
    op.execute(sa.update(jobs).where(is_counted).values(row_bytes=jobs.c.row_bytes - byte_length(jobs.c.findings_json)))
    op.drop_table("job_findings")
    op.drop_column("jobs", "findings_json")
