"""The first tables: jobs and what belongs to them, workers, the outbox."""

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Identifier, PlainText, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

DOUBLE: sa.Double[float] = sa.Double()
TABLES = ("jobs", "job_labels", "attempts", "epochs", "events", "outbox", "workers", "artifacts")


def upgrade() -> None:
    """Make them."""
    _jobs()
    _job_labels()
    _attempts()
    _epochs()
    _events()
    _outbox()
    _workers()
    _artifacts()


def downgrade() -> None:
    """Drop them, those that refer to others first."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", Identifier(), nullable=False),
        sa.Column("project", PlainText(), server_default="default", nullable=False),
        sa.Column("name", PlainText(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "running",
                "paused",
                "succeeded",
                "failed",
                "cancelled",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("spec_json", PlainText(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("metadata_json", PlainText(), nullable=False),
        sa.Column("dataset", PlainText(), nullable=False),
        sa.Column("accelerator", PlainText(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("max_runtime_seconds", DOUBLE, nullable=True),
        sa.Column("parent", PlainText(), nullable=True),
        sa.Column("sweep", PlainText(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempts_counted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("worker_id", PlainText(), nullable=True),
        sa.Column("slot", sa.Integer(), nullable=True),
        sa.Column("lease_expires_at", UtcTime(), nullable=True),
        sa.Column("cancel_requested_at", UtcTime(), nullable=True),
        sa.Column("pause_requested_at", UtcTime(), nullable=True),
        sa.Column("epoch", sa.Integer(), server_default="0", nullable=False),
        sa.Column("epochs", sa.Integer(), nullable=False),
        sa.Column("fraction", DOUBLE, nullable=False),
        sa.Column("eta_seconds", DOUBLE, nullable=True),
        sa.Column("latest_metrics_json", PlainText(), nullable=True),
        sa.Column("error_code", PlainText(), nullable=True),
        sa.Column("error_message", PlainText(), nullable=True),
        sa.Column("error_pointer", PlainText(), nullable=True),
        sa.Column("results_json", PlainText(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name="jobs_pkey"),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index("jobs_claim_order", "jobs", ["status", sa.literal_column("priority DESC"), "id", "accelerator"])
    op.create_index("jobs_dataset_id", "jobs", ["dataset", "id"])
    op.create_index("jobs_name_id", "jobs", ["name", "id"])
    op.create_index("jobs_status_id", "jobs", ["status", "id"])
    op.create_index(
        "jobs_sweep_id",
        "jobs",
        ["sweep", "id"],
        postgresql_where=sa.text("sweep IS NOT NULL"),
        sqlite_where=sa.text("sweep IS NOT NULL"),
    )


def _job_labels() -> None:
    op.create_table(
        "job_labels",
        sa.Column("job_id", Identifier(), nullable=False),
        sa.Column("label", Identifier(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="job_labels_job_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "label", name="job_labels_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("job_labels_label_job_id", "job_labels", ["label", "job_id"])


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("job_id", Identifier(), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("worker_id", PlainText(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("claimed_at", UtcTime(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("outcome", PlainText(), nullable=True),
        sa.Column("reason", PlainText(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="attempts_job_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "attempt", name="attempts_pkey"),
        sqlite_with_rowid=False,
    )


def _epochs() -> None:
    op.create_table(
        "epochs",
        sa.Column("job_id", Identifier(), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("metrics_json", PlainText(), nullable=False),
        sa.Column("duration_seconds", DOUBLE, nullable=False),
        sa.Column("fraction", DOUBLE, nullable=False),
        sa.Column("eta_seconds", DOUBLE, nullable=True),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="epochs_job_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "epoch", name="epochs_pkey"),
        sqlite_with_rowid=False,
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("job_id", Identifier(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("type", PlainText(), nullable=False),
        sa.Column("data_json", PlainText(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="events_job_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="events_pkey"),
        sqlite_autoincrement=True,
    )
    op.create_index("events_job_id_id", "events", ["job_id", "id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("job_id", Identifier(), nullable=False),
        sa.Column("accelerator", PlainText(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="outbox_job_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name="outbox_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("outbox_created_at", "outbox", ["created_at"])


def _workers() -> None:
    op.create_table(
        "workers",
        sa.Column("id", Identifier(), nullable=False),
        sa.Column("hostname", PlainText(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("accelerators_json", PlainText(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("busy", sa.Integer(), server_default="0", nullable=False),
        sa.Column("versions_json", PlainText(), nullable=False),
        sa.Column("devices_json", PlainText(), nullable=False),
        sa.Column("state", PlainText(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("heartbeat_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="workers_pkey"),
    )


def _artifacts() -> None:
    op.create_table(
        "artifacts",
        sa.Column("job_id", Identifier(), nullable=False),
        sa.Column("name", PlainText(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("key", PlainText(), nullable=False),
        sa.Column("media_type", PlainText(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", PlainText(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.CheckConstraint("size_bytes >= 0", name="artifacts_size_check"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="artifacts_job_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "name", name="artifacts_pkey"),
        sqlite_with_rowid=False,
    )
