"""How many GPUs a job trains on at once."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it, also to the index that serves claims; the jobs there are train on one."""
    op.add_column("jobs", sa.Column("gpus", sa.Integer(), server_default="1", nullable=False))
    op.drop_index("jobs_claim_order", "jobs")
    op.create_index(
        "jobs_claim_order",
        "jobs",
        ["status", "project", sa.literal_column("priority DESC"), "id", "accelerator", "gpus"],
    )


def downgrade() -> None:
    """Drop it; the specs still say it."""
    op.drop_index("jobs_claim_order", "jobs")
    op.create_index(
        "jobs_claim_order", "jobs", ["status", "project", sa.literal_column("priority DESC"), "id", "accelerator"]
    )
    op.drop_column("jobs", "gpus")
