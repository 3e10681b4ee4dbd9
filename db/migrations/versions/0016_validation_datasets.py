"""A job can take its validation rows from another data set, which stays for as long as the job needs it."""

import sqlalchemy as sa
from alembic import op

from db.tables.columns import PlainText

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_HAS_ONE = sa.text("validation_dataset IS NOT NULL")


def upgrade() -> None:
    """Add the column: no job so far has another data set."""
    op.add_column("jobs", sa.Column("validation_dataset", PlainText(), nullable=True))
    op.create_index(
        "jobs_validation_dataset",
        "jobs",
        ["validation_dataset", "project"],
        postgresql_where=_HAS_ONE,
        sqlite_where=_HAS_ONE,
    )


def downgrade() -> None:
    """Drop the column."""
    op.drop_index("jobs_validation_dataset", "jobs")
    op.drop_column("jobs", "validation_dataset")
