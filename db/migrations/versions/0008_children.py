"""A job's children are found without looking at other jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_WITH_PARENT = sa.text("parent IS NOT NULL")


def upgrade() -> None:
    """Make their index."""
    op.create_index(
        "jobs_project_parent_id",
        "jobs",
        ["project", "parent", "id"],
        postgresql_where=_WITH_PARENT,
        sqlite_where=_WITH_PARENT,
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("jobs_project_parent_id", "jobs")
