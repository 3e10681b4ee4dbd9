"""Data sets of users, the files they are read from, and uploads in parts."""

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Identifier, PlainText, UtcTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_OF_JOBS = (
    "artifacts",
    "attempts",
    "checkpoints",
    "epoch_signals",
    "epochs",
    "events",
    "job_labels",
    "leftovers",
    "outbox",
)
"""Tables whose rows go with a job."""
_IS_DELETED = sa.text("deleted_at IS NOT NULL")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "blobs",
        sa.Column("sha256", Identifier(), nullable=False),
        sa.Column("key", PlainText(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="blobs_pkey"),
        sqlite_with_rowid=False,
    )
    _create_datasets()
    _create_uploads()
    op.create_table(
        "stray_files",
        sa.Column("key", Identifier(), nullable=False),
        sa.Column("is_folder", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_awaited", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_last", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("remove_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="stray_files_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("stray_files_remove_at", "stray_files", ["remove_at"])


def _create_datasets() -> None:
    op.create_table(
        "datasets",
        sa.Column("id", Identifier(), nullable=False),
        sa.Column("project", Identifier(), nullable=False),
        sa.Column("name", PlainText(), nullable=True),
        sa.Column("status", PlainText(), nullable=False),
        sa.Column("format", PlainText(), nullable=True),
        sa.Column("blob_sha256", Identifier(), nullable=False),
        sa.Column("description_json", PlainText(), nullable=False),
        sa.Column("job_id", Identifier(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("columns_json", PlainText(), nullable=True),
        sa.Column("shape_json", PlainText(), nullable=True),
        sa.Column("classes_json", PlainText(), nullable=True),
        sa.Column("warnings_json", PlainText(), nullable=True),
        sa.Column("facts_json", PlainText(), nullable=True),
        sa.Column("error_json", PlainText(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("deleted_at", UtcTime(), nullable=True),
        sa.Column("row_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["blob_sha256"], ["blobs.sha256"], name="datasets_blob_sha256_fkey"),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name="datasets_project_fkey"),
        sa.PrimaryKeyConstraint("id", name="datasets_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("datasets_project_id", "datasets", ["project", "id"])
    op.create_index("datasets_project_name_id", "datasets", ["project", "name", "id"])
    op.create_index("datasets_project_status_id", "datasets", ["project", "status", "id"])
    op.create_index("datasets_project_row_bytes", "datasets", ["project", "row_bytes"])
    op.create_index("datasets_blob_sha256", "datasets", ["blob_sha256"])
    op.create_index("datasets_job_id", "datasets", ["job_id"], unique=True)
    op.create_index("datasets_deleted", "datasets", ["id"], postgresql_where=_IS_DELETED, sqlite_where=_IS_DELETED)


def _create_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", Identifier(), nullable=False),
        sa.Column("project", Identifier(), nullable=False),
        sa.Column("metadata_text", PlainText(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("offset_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("turn", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name="uploads_project_fkey"),
        sa.PrimaryKeyConstraint("id", name="uploads_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("uploads_project_id", "uploads", ["project", "id"])
    op.create_index("uploads_expires_at", "uploads", ["expires_at"])
    op.create_table(
        "upload_parts",
        sa.Column("upload_id", Identifier(), nullable=False),
        sa.Column("first_byte", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("key", PlainText(), nullable=False),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name="upload_parts_upload_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("upload_id", "first_byte", name="upload_parts_pkey"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop the tables, and the jobs that read data sets; their files stay in the storage."""
    for table in ("stray_files", "upload_parts", "uploads", "datasets", "blobs"):
        op.drop_table(table)
    # SQLite takes nothing along with a job here: migrations run while it does not look at references.
    for table in _OF_JOBS:
        op.execute(sa.text(f"DELETE FROM {table} WHERE job_id IN (SELECT id FROM jobs WHERE kind = 'read')"))  # noqa: S608 -- of the list above
    op.execute(sa.text("DELETE FROM jobs WHERE kind = 'read'"))
