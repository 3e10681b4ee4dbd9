"""Workers tell which of their background loops fail."""

import sqlalchemy as sa
from alembic import op

from db.tables.columns import PlainText

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("workers", sa.Column("failing_json", PlainText(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("workers", "failing_json")
