"""Jobs pause by themselves after an epoch."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; no job pauses by itself yet."""
    op.add_column("jobs", sa.Column("pause_at_epoch", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("jobs", "pause_at_epoch")
