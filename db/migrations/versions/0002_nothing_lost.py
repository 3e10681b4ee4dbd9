"""What it takes to lose nothing: checkpoints, projects that take turns, reasons of attempts, idempotency keys."""

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Identifier, PlainText, UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them; the jobs there are belong to the project ``default``."""
    _projects()
    op.drop_index("jobs_claim_order", "jobs")
    if op.get_context().dialect.name == "sqlite":
        _replace_project_on_sqlite(
            "TEXT NOT NULL DEFAULT 'default' CONSTRAINT jobs_project_fkey REFERENCES projects (id)"
        )
    else:
        op.alter_column("jobs", "project", type_=Identifier())
        op.create_foreign_key("jobs_project_fkey", "jobs", "projects", ["project"], ["id"])
    op.create_index(
        "jobs_claim_order", "jobs", ["status", "project", sa.literal_column("priority DESC"), "id", "accelerator"]
    )
    _attempts()
    _checkpoints()
    _leftovers()
    op.add_column("workers", sa.Column("lease_seconds", sa.Double(), server_default=sa.text("30"), nullable=False))
    _idempotency_keys()


def downgrade() -> None:
    """Drop them; a job still says whose it is."""
    op.drop_table("idempotency_keys")
    op.drop_column("workers", "lease_seconds")
    op.drop_table("leftovers")
    op.drop_table("checkpoints")
    for name in ("is_counted", "from_epoch", "error_code"):
        op.drop_column("attempts", name)
    op.drop_index("jobs_claim_order", "jobs")
    if op.get_context().dialect.name == "sqlite":
        _replace_project_on_sqlite("TEXT NOT NULL DEFAULT 'default'")
    else:
        op.drop_constraint("jobs_project_fkey", "jobs")
        op.alter_column("jobs", "project", type_=PlainText())
    op.create_index("jobs_claim_order", "jobs", ["status", sa.literal_column("priority DESC"), "id", "accelerator"])
    op.drop_table("projects")


def _replace_project_on_sqlite(definition: str) -> None:
    """Not Alembic's way, to copy the table: that would lose the order of an index."""
    op.execute("ALTER TABLE jobs RENAME COLUMN project TO former_project")
    op.execute(f"ALTER TABLE jobs ADD COLUMN project {definition}")
    op.execute("UPDATE jobs SET project = former_project")
    op.execute("ALTER TABLE jobs DROP COLUMN former_project")


def _projects() -> None:
    projects = op.create_table(
        "projects",
        sa.Column("id", Identifier(), nullable=False),
        sa.Column("turn", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name="projects_pkey"),
    )
    op.bulk_insert(projects, [{"id": "default"}])


def _attempts() -> None:
    op.add_column("attempts", sa.Column("error_code", PlainText(), nullable=True))
    op.add_column("attempts", sa.Column("from_epoch", sa.Integer(), nullable=True))
    op.add_column("attempts", sa.Column("is_counted", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.execute("UPDATE attempts SET is_counted = false WHERE outcome = 'handed_back'")


def _checkpoints() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("job_id", Identifier(), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", PlainText(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", PlainText(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.CheckConstraint("size_bytes >= 0", name="checkpoints_size_check"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="checkpoints_job_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "attempt", "epoch", "step", name="checkpoints_pkey"),
        sqlite_with_rowid=False,
    )


def _leftovers() -> None:
    op.create_table(
        "leftovers",
        sa.Column("job_id", Identifier(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="leftovers_job_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name="leftovers_pkey"),
        sqlite_with_rowid=False,
    )


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("project", Identifier(), server_default="default", nullable=False),
        sa.Column("key", Identifier(), nullable=False),
        sa.Column("digest", PlainText(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("location", PlainText(), nullable=False),
        sa.Column("body_json", PlainText(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name="idempotency_keys_project_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project", "key", name="idempotency_keys_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("idempotency_keys_created_at", "idempotency_keys", ["created_at"])
