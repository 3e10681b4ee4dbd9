"""Webhooks, and the messages that go to them."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, true
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, partial_index
from db.tables.columns import Identifier, db_now
from db.tables.projects import Project


class Webhook(Base):
    """An address that is told when jobs of its project end.

    The secrets stand here as they are: a signature cannot be made with a digest of one.
    """

    __tablename__ = "webhooks"
    __table_args__ = (Index("webhooks_project_id", "project", "id"), {"sqlite_with_rowid": False})

    id: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    project: Mapped[str] = mapped_column(Identifier(), ForeignKey(Project.id, ondelete="CASCADE"))
    url: Mapped[str]
    description: Mapped[str | None]
    events_json: Mapped[str]
    secret: Mapped[str]
    previous_secret: Mapped[str | None]
    previous_secret_expires_at: Mapped[datetime | None]
    is_enabled: Mapped[bool] = mapped_column(server_default=true())
    disabled_reason: Mapped[str | None]
    failing_since: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=db_now())
    # When a message to it was last claimed: whose turn it is.
    claimed_at: Mapped[datetime | None]


class Delivery(Base):
    """One message to one webhook. It is due while ``next_attempt_at`` is not null and not in the future.

    An attempt is under way until it is reported, or else until ``claimed_until``.
    ``job_id`` refers to nothing: the message goes out though its job be deleted.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__: ClassVar = (
        Index("webhook_deliveries_webhook_id_id", "webhook_id", "id"),
        Index("webhook_deliveries_created_at", "created_at"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    webhook_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Webhook.id, ondelete="CASCADE"))
    job_id: Mapped[str | None] = mapped_column(Identifier())
    type: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=db_now())
    attempts: Mapped[int] = mapped_column(server_default="0")
    failures: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime | None]
    last_attempt_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    response_status: Mapped[int | None]
    error: Mapped[str | None]
    duration_seconds: Mapped[float | None]
    claimed_until: Mapped[datetime | None]


# Of those that wait alone: what was delivered stays for days and is looked for by nobody.
partial_index("webhook_deliveries_due", Delivery.next_attempt_at, where=Delivery.next_attempt_at.is_not(None))
partial_index(
    "webhook_deliveries_webhook_id_due",
    Delivery.webhook_id,
    Delivery.next_attempt_at,
    where=Delivery.next_attempt_at.is_not(None),
)
partial_index("webhook_deliveries_claimed", Delivery.claimed_until, where=Delivery.claimed_until.is_not(None))
