"""Rows have a size, deleted jobs an account, events a number in their job, and projects turns at their webhooks."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Identifier, PlainText, UtcTime, byte_length
from spec.ids import first_id

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_AT_ONCE = 1000
# What is of a fixed size, as `db.tables.row_sizes` had it then.
_JOB_BYTES, _LABEL_BYTES, _CHANGE_BYTES, _EPOCH_BYTES, _ANSWER_BYTES = 2048, 192, 512, 96, 256
_JOB_TEXTS = (
    *("name", "spec_json", "metadata_json", "dataset", "parent", "sweep", "request_id", "traceparent"),
    *("results_json", "error_message", "error_pointer"),
)
_ANSWER_TEXTS = ("key", "digest", "location", "body_json")
_AUDIT_COLUMNS = ("project", "at", "actor", "action", "object_id", "request_id", "address")
_HAS_JOB = sa.text("job_id IS NOT NULL")
_IS_WAITING = sa.text("next_attempt_at IS NOT NULL")
_IS_CLAIMED = sa.text("claimed_until IS NOT NULL")


def upgrade() -> None:
    """Count what is there."""
    _number_events()
    _size_jobs()
    _size_answers()
    _name_audit_entries()
    op.add_column("projects", sa.Column("max_database_bytes", sa.BigInteger(), nullable=True))
    op.create_table(
        "deleted_use",
        sa.Column("project", Identifier(), nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch_samples", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name="deleted_use_project_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project", "hour", name="deleted_use_pkey"),
        sqlite_with_rowid=False,
    )
    op.add_column("webhooks", sa.Column("claimed_at", UtcTime(), nullable=True))
    op.add_column("webhook_deliveries", sa.Column("claimed_until", UtcTime(), nullable=True))
    op.create_index(
        "webhook_deliveries_webhook_id_due",
        "webhook_deliveries",
        ["webhook_id", "next_attempt_at"],
        postgresql_where=_IS_WAITING,
        sqlite_where=_IS_WAITING,
    )
    op.create_index(
        "webhook_deliveries_claimed",
        "webhook_deliveries",
        ["claimed_until"],
        postgresql_where=_IS_CLAIMED,
        sqlite_where=_IS_CLAIMED,
    )


def downgrade() -> None:
    """Count over all projects again; first answers become whole, and what deleted jobs had used is forgotten."""
    op.drop_index("webhook_deliveries_claimed", "webhook_deliveries")
    op.drop_index("webhook_deliveries_webhook_id_due", "webhook_deliveries")
    op.drop_column("webhook_deliveries", "claimed_until")
    op.drop_column("webhooks", "claimed_at")
    op.drop_table("deleted_use")
    op.drop_column("projects", "max_database_bytes")
    _count_audit_entries()
    _complete_answers()
    op.drop_index("jobs_project_row_bytes", "jobs")
    op.drop_column("jobs", "growth_bytes")
    op.drop_column("jobs", "row_bytes")
    op.drop_index("events_job_id_number", "events")
    op.drop_column("events", "number")
    op.create_index("events_job_id_id", "events", ["job_id", "id"])


def _number_events() -> None:
    op.add_column("events", sa.Column("number", sa.Integer(), server_default="0", nullable=False))
    op.execute(
        "UPDATE events SET number = counted.number FROM "
        "(SELECT id, row_number() OVER (PARTITION BY job_id ORDER BY id) AS number FROM events) AS counted "
        "WHERE counted.id = events.id"
    )
    op.drop_index("events_job_id_id", "events")
    op.create_index("events_job_id_number", "events", ["job_id", "number"], unique=True)


def _size_jobs() -> None:
    for name in ("row_bytes", "growth_bytes"):
        op.add_column("jobs", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    jobs = sa.table("jobs", sa.column("id"), sa.column("row_bytes"), *_columns(_JOB_TEXTS))
    epochs = sa.table("epochs", sa.column("job_id"), sa.column("metrics_json"))
    events, labels = (sa.table(name, sa.column("job_id")) for name in ("events", "job_labels"))

    def of_job(table: sa.TableClause, each: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
        found = sa.select(sa.func.coalesce(sa.func.sum(each), 0)).where(table.c.job_id == jobs.c.id)
        return found.scalar_subquery()

    size = (
        sa.literal(_JOB_BYTES - _CHANGE_BYTES, sa.BigInteger())  # its first event is among its own bytes
        + of_job(labels, sa.literal(_LABEL_BYTES))
        + of_job(events, sa.literal(_CHANGE_BYTES))
        + of_job(epochs, _EPOCH_BYTES + byte_length(epochs.c.metrics_json))
    )
    op.execute(sa.update(jobs).values(row_bytes=size + _bytes_of(jobs, _JOB_TEXTS)))
    op.create_index("jobs_project_row_bytes", "jobs", ["project", "row_bytes"])


def _size_answers() -> None:
    op.add_column("idempotency_keys", sa.Column("size_bytes", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("idempotency_keys", sa.Column("job_id", Identifier(), nullable=True))
    op.add_column("idempotency_keys", sa.Column("spec_offset", sa.Integer(), nullable=True))
    answers = sa.table("idempotency_keys", sa.column("size_bytes"), *_columns(_ANSWER_TEXTS))
    size = sa.literal(_ANSWER_BYTES, sa.BigInteger()) + _bytes_of(answers, _ANSWER_TEXTS)
    op.execute(sa.update(answers).values(size_bytes=size))
    op.create_index("idempotency_keys_project_size_bytes", "idempotency_keys", ["project", "size_bytes"])
    op.create_index(
        "idempotency_keys_job_id", "idempotency_keys", ["job_id"], postgresql_where=_HAS_JOB, sqlite_where=_HAS_JOB
    )


def _complete_answers() -> None:
    op.execute(
        "UPDATE idempotency_keys SET body_json = substr(body_json, 1, spec_offset) || "
        "(SELECT spec_json FROM jobs WHERE jobs.id = idempotency_keys.job_id) || substr(body_json, spec_offset + 1) "
        "WHERE spec_offset IS NOT NULL"
    )
    op.drop_index("idempotency_keys_job_id", "idempotency_keys")
    op.drop_index("idempotency_keys_project_size_bytes", "idempotency_keys")
    for name in ("spec_offset", "job_id", "size_bytes"):
        op.drop_column("idempotency_keys", name)


def _columns(names: tuple[str, ...]) -> list[sa.ColumnClause[Any]]:
    return [sa.column(name) for name in names]


def _bytes_of(table: sa.TableClause, names: tuple[str, ...]) -> sa.ColumnElement[int]:
    size: sa.ColumnElement[int] = sa.literal(0, sa.BigInteger())
    for name in names:
        size = size + sa.func.coalesce(byte_length(table.c[name]), 0)
    return size


def _name_audit_entries() -> None:
    """An id by the time of the entry, and in the order of those there were."""
    former = _rename_audit_log()
    new = _make_audit_log(sa.Column("id", Identifier(), nullable=False), {"sqlite_with_rowid": False})
    connection = op.get_bind()
    after = 0
    while rows := connection.execute(
        sa.select(former).where(former.c.id > after).order_by(former.c.id).limit(_AT_ONCE)
    ).all():
        after = rows[-1].id
        op.bulk_insert(
            new,
            [{"id": _id_of(row.at, row.id), **{name: getattr(row, name) for name in _AUDIT_COLUMNS}} for row in rows],
        )
    _finish_audit_log()


def _count_audit_entries() -> None:
    _rename_audit_log()
    counted = sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)
    _make_audit_log(counted, {"sqlite_autoincrement": True})
    names = ", ".join(_AUDIT_COLUMNS)
    op.execute(f"INSERT INTO audit_log ({names}) SELECT {names} FROM former_audit_log ORDER BY id")  # noqa: S608 -- names above
    _finish_audit_log()


def _id_of(at: object, number: int) -> str:
    """An id of the time of an entry; of one time they rise by their number."""
    first = first_id("act", at)  # pyright: ignore[reportArgumentType] -- the column's own type
    digits = "0123456789abcdefghjkmnpqrstvwxyz"
    tail = "".join(digits[number >> shift & 31] for shift in range(60, -1, -5))
    return first[: -len(tail)] + tail


def _rename_audit_log() -> sa.TableClause:
    op.drop_index("audit_log_project_id", "audit_log")
    op.rename_table("audit_log", "former_audit_log")
    if op.get_bind().dialect.name == "postgresql":
        # Names of constraints belong to the schema, and the new table's are the same.
        op.execute("ALTER TABLE former_audit_log RENAME CONSTRAINT audit_log_pkey TO former_audit_log_pkey")
        op.execute("ALTER TABLE former_audit_log RENAME CONSTRAINT audit_log_project_fkey TO former_audit_log_fkey")
        op.execute("ALTER SEQUENCE IF EXISTS audit_log_id_seq RENAME TO former_audit_log_id_seq")
    return sa.table(
        "former_audit_log",
        sa.column("id"),
        sa.column("at", UtcTime()),
        *_columns(tuple(name for name in _AUDIT_COLUMNS if name != "at")),
    )


def _make_audit_log(number: sa.Column[Any], options: dict[str, bool]) -> sa.Table:
    return op.create_table(
        "audit_log",
        number,
        sa.Column("project", Identifier(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor", PlainText(), nullable=False),
        sa.Column("action", PlainText(), nullable=False),
        sa.Column("object_id", PlainText(), nullable=False),
        sa.Column("request_id", PlainText(), nullable=False),
        sa.Column("address", PlainText()),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], "audit_log_project_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="audit_log_pkey"),
        **options,
    )


def _finish_audit_log() -> None:
    op.drop_table("former_audit_log")
    op.create_index("audit_log_project_id", "audit_log", ["project", "id"])
