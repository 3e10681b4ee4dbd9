"""Jobs that have ended and are looked at once more when it is known how good simple models are on their rows."""

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Identifier, UtcTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; what was found of jobs that have ended stays as it is."""
    op.create_table(
        "second_looks",
        sa.Column("job_id", Identifier(), nullable=False),
        sa.Column("noted_at", UtcTime(), nullable=False),
        sa.Column("decides_repair", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="second_looks_job_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name="second_looks_pkey"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop it: what was found of these jobs is final."""
    op.drop_table("second_looks")
