"""Keys of the API, the log of who changed what, and indexes by project."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Identifier, PlainText, UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_WITH_SWEEP = sa.text("sweep IS NOT NULL")
_BY_PROJECT = ("status", "name", "dataset")
_ROWS_AT_ONCE = 1_000


def upgrade() -> None:
    """Make them; what jobs are found by becomes their project's."""
    op.create_table(
        "api_keys",
        sa.Column("id", Identifier(), nullable=False),
        sa.Column("project", Identifier(), nullable=False),
        sa.Column("name", PlainText()),
        sa.Column("digest", PlainText(), nullable=False),
        sa.Column("scopes", PlainText(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime()),
        sa.Column("revoked_at", UtcTime()),
        sa.Column("last_used_at", UtcTime()),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], "api_keys_project_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="api_keys_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("api_keys_project_id", "api_keys", ["project", "id"])
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("project", Identifier(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor", PlainText(), nullable=False),
        sa.Column("action", PlainText(), nullable=False),
        sa.Column("object_id", PlainText(), nullable=False),
        sa.Column("request_id", PlainText(), nullable=False),
        sa.Column("address", PlainText()),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], "audit_log_project_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="audit_log_pkey"),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_log_project_id", "audit_log", ["project", "id"])
    for column in (*_BY_PROJECT[1:], "sweep"):
        op.drop_index(f"jobs_{column}_id", "jobs")
    op.create_index("jobs_project_id", "jobs", ["project", "id"])
    for column in _BY_PROJECT:
        op.create_index(f"jobs_project_{column}_id", "jobs", ["project", column, "id"])
    op.create_index(
        "jobs_project_sweep_id",
        "jobs",
        ["project", "sweep", "id"],
        postgresql_where=_WITH_SWEEP,
        sqlite_where=_WITH_SWEEP,
    )
    _label_anew(is_by_project=True)


def downgrade() -> None:
    """Drop them: no key opens anything any more."""
    _label_anew(is_by_project=False)
    op.drop_index("jobs_project_sweep_id", "jobs")
    for column in _BY_PROJECT:
        op.drop_index(f"jobs_project_{column}_id", "jobs")
    op.drop_index("jobs_project_id", "jobs")
    op.create_index("jobs_name_id", "jobs", ["name", "id"])
    op.create_index("jobs_dataset_id", "jobs", ["dataset", "id"])
    op.create_index("jobs_sweep_id", "jobs", ["sweep", "id"], postgresql_where=_WITH_SWEEP, sqlite_where=_WITH_SWEEP)
    op.drop_table("audit_log")
    op.drop_table("api_keys")


def _label_anew(*, is_by_project: bool) -> None:
    """Make all labels again from the metadata of their jobs."""
    jobs = sa.table("jobs", sa.column("id"), sa.column("project"), sa.column("metadata_json"))
    labels = sa.table("job_labels", sa.column("job_id"), sa.column("label"))
    connection = op.get_bind()
    connection.execute(labels.delete())
    after = ""
    while True:
        some = connection.execute(
            sa.select(jobs.c.id, jobs.c.project, jobs.c.metadata_json)
            .where(jobs.c.id > after, jobs.c.metadata_json != "{}")
            .order_by(jobs.c.id)
            .limit(_ROWS_AT_ONCE)
        ).all()
        if not some:
            return
        after = some[-1].id
        rows = {
            (job_id, _label(([project] if is_by_project else []) + list(pair)))
            for job_id, project, metadata in some
            for pair in json.loads(metadata).items()
        }
        connection.execute(labels.insert(), [{"job_id": job_id, "label": label} for job_id, label in sorted(rows)])


def _label(parts: list[str]) -> str:
    told = json.dumps(parts, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()[:32]
