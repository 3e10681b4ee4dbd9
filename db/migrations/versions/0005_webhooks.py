"""Webhooks, what is delivered to them, and deleted jobs whose files are still to be removed."""

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Identifier, PlainText, UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _webhooks()
    _deliveries()
    op.create_table(
        "removals",
        sa.Column("job_id", Identifier(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("swept_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("job_id", name="removals_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("removals_created_at", "removals", ["created_at"])


def downgrade() -> None:
    """Drop them; files of deleted jobs that are not removed yet stay for ever."""
    op.drop_table("removals")
    op.drop_table("webhook_deliveries")
    op.drop_table("webhooks")


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", Identifier(), nullable=False),
        sa.Column("project", Identifier(), nullable=False),
        sa.Column("url", PlainText(), nullable=False),
        sa.Column("description", PlainText(), nullable=True),
        sa.Column("events_json", PlainText(), nullable=False),
        sa.Column("secret", PlainText(), nullable=False),
        sa.Column("previous_secret", PlainText(), nullable=True),
        sa.Column("previous_secret_expires_at", UtcTime(), nullable=True),
        sa.Column("is_enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("disabled_reason", PlainText(), nullable=True),
        sa.Column("failing_since", UtcTime(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name="webhooks_project_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="webhooks_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("webhooks_project_id", "webhooks", ["project", "id"])


def _deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", Identifier(), nullable=False),
        sa.Column("webhook_id", Identifier(), nullable=False),
        sa.Column("job_id", Identifier(), nullable=True),
        sa.Column("type", PlainText(), nullable=False),
        sa.Column("status", PlainText(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", UtcTime(), nullable=True),
        sa.Column("last_attempt_at", UtcTime(), nullable=True),
        sa.Column("delivered_at", UtcTime(), nullable=True),
        sa.Column("response_status", sa.Integer(), nullable=True),
        sa.Column("error", PlainText(), nullable=True),
        sa.Column[float]("duration_seconds", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name="webhook_deliveries_webhook_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="webhook_deliveries_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("webhook_deliveries_webhook_id_id", "webhook_deliveries", ["webhook_id", "id"])
    op.create_index("webhook_deliveries_created_at", "webhook_deliveries", ["created_at"])
    op.create_index(
        "webhook_deliveries_due",
        "webhook_deliveries",
        ["next_attempt_at"],
        postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
        sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
    )
