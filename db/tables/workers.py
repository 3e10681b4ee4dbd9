"""Workers, and the sums of what they did."""

from datetime import datetime

from sqlalchemy import literal_column
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base
from db.tables.columns import Identifier, db_now


class Worker(Base):
    """A worker's own word about itself."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    hostname: Mapped[str]
    pid: Mapped[int]
    accelerators_json: Mapped[str]
    slots: Mapped[int]
    busy: Mapped[int] = mapped_column(server_default="0")
    versions_json: Mapped[str]
    devices_json: Mapped[str]
    state: Mapped[str]
    # Its background loops that fail now.
    failing_json: Mapped[str] = mapped_column(server_default="[]")
    lease_seconds: Mapped[float] = mapped_column(server_default=literal_column("30"))
    started_at: Mapped[datetime] = mapped_column(default=db_now())
    heartbeat_at: Mapped[datetime] = mapped_column(default=db_now())


class Total(Base):
    """A sum that only rises: what all workers did so far, for the metrics."""

    __tablename__ = "totals"
    __table_args__ = ({"sqlite_with_rowid": False},)

    name: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    labels: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    value: Mapped[float]
