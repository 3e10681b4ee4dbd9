"""How good simple models are on the rows that jobs choose."""

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Identifier, PlainText, UtcTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables; of no rows anything is known yet."""
    op.create_table(
        "reference_scores",
        sa.Column("key", Identifier(), nullable=False),
        sa.Column("dataset_id", Identifier(), nullable=True),
        sa.Column("other_dataset_id", Identifier(), nullable=True),
        sa.Column("claimed_until", UtcTime(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("document_json", PlainText(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name="reference_scores_dataset_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_dataset_id"], ["datasets.id"], name="reference_scores_other_dataset_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name="reference_scores_pkey"),
        sqlite_with_rowid=False,
    )
    for column in ("dataset_id", "other_dataset_id"):
        has_one = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"reference_scores_{column}",
            "reference_scores",
            [column],
            postgresql_where=has_one,
            sqlite_where=has_one,
        )
    op.create_table(
        "job_references",
        sa.Column("job_id", Identifier(), nullable=False),
        sa.Column("key", Identifier(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="job_references_job_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name="job_references_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("job_references_key_job_id", "job_references", ["key", "job_id"])


def downgrade() -> None:
    """Drop both."""
    op.drop_table("job_references")
    op.drop_table("reference_scores")
