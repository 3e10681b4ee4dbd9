"""A job keeps what was known of its data set when it was made."""

import sqlalchemy as sa
from alembic import op

from db.tables.columns import PlainText, byte_length

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the facts of older jobs are looked up as before."""
    op.add_column("jobs", sa.Column("dataset_facts_json", PlainText(), nullable=True))


def downgrade() -> None:
    """Give back what the facts are counted by, and drop the column."""
    facts = sa.column("dataset_facts_json", PlainText())
    jobs = sa.table("jobs", sa.column("row_bytes", sa.BigInteger()), facts)
    op.execute(sa.update(jobs).where(facts.is_not(None)).values(row_bytes=jobs.c.row_bytes - byte_length(facts)))
    op.drop_column("jobs", "dataset_facts_json")
