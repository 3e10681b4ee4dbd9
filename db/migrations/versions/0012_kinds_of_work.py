"""Jobs of internal kinds go the way of trainings; trainings pause by themselves after an epoch."""

import sqlalchemy as sa
from alembic import op

from db.tables.columns import PlainText

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns: all jobs so far are trainings, and none pauses by itself."""
    op.add_column("jobs", sa.Column("kind", PlainText(), nullable=False, server_default="train"))
    op.add_column("jobs", sa.Column("pause_at_epoch", sa.Integer(), nullable=True))
    internal = sa.text("kind != 'train'")
    op.create_index("jobs_internal", "jobs", ["project", "status"], postgresql_where=internal, sqlite_where=internal)


def downgrade() -> None:
    """Forget the jobs that are no trainings, and drop the columns."""
    jobs = sa.table("jobs", sa.column("kind", PlainText()))
    op.execute(sa.delete(jobs).where(jobs.c.kind != "train"))
    op.drop_index("jobs_internal", "jobs")
    op.drop_column("jobs", "pause_at_epoch")
    op.drop_column("jobs", "kind")
