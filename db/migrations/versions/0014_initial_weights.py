"""A job can begin with the weights of another one, and go on with its training."""

import sqlalchemy as sa
from alembic import op

from db.tables.columns import PlainText, byte_length

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_WITH_WEIGHTS = sa.text("initial_weights IS NOT NULL")
_TEXTS = ("initial_weights", "initial_weights_json")


def upgrade() -> None:
    """Add the columns: all jobs so far began with fresh weights."""
    for name in _TEXTS:
        op.add_column("jobs", sa.Column(name, PlainText(), nullable=True))
    op.add_column("jobs", sa.Column("first_epoch", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(
        "jobs_initial_weights_project_id",
        "jobs",
        ["initial_weights", "project", "id"],
        postgresql_where=_WITH_WEIGHTS,
        sqlite_where=_WITH_WEIGHTS,
    )


def downgrade() -> None:
    """Give back what the texts are counted by, and drop the columns."""
    op.drop_index("jobs_initial_weights_project_id", "jobs")
    columns = [sa.column(name, PlainText()) for name in _TEXTS]
    jobs = sa.table("jobs", sa.column("row_bytes", sa.BigInteger()), *columns)
    for column in columns:
        taken = sa.update(jobs).where(column.is_not(None)).values(row_bytes=jobs.c.row_bytes - byte_length(column))
        op.execute(taken)
    op.drop_column("jobs", "first_epoch")
    for name in _TEXTS:
        op.drop_column("jobs", name)
