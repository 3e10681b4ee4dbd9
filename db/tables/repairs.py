"""Repairs of jobs that did not learn, and the jobs that they are made of."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, UniqueConstraint, false, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, partial_index
from db.tables.columns import Identifier, db_now
from db.tables.jobs import Job

RUNNING = "running"
DONE = "done"
CANCELLED = "cancelled"


class Repair(Base):
    """The repair of a job. It is worked out once, as a plan (`coach.repairs.plan.Plan`), and goes step by step.

    ``step`` counts the steps that were taken: who takes one says which, so that nobody takes it a second time.
    """

    __tablename__ = "repairs"
    __table_args__ = (
        CheckConstraint(f"status IN ('{RUNNING}', '{DONE}', '{CANCELLED}')", name="status"),
        {"sqlite_with_rowid": False},
    )

    job_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True)
    status: Mapped[str] = mapped_column(server_default=RUNNING)
    step: Mapped[int] = mapped_column(server_default="0")
    plan_json: Mapped[str]
    # What came of it: `chosen`, `gain`, `interval`, `is_better`.
    decision_json: Mapped[str | None]
    # Why the next step is not taken, though nothing is under way.
    waits_for: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=db_now())
    ended_at: Mapped[datetime | None]


IS_RUNNING = Repair.status == literal_column(f"'{RUNNING}'")
partial_index("repairs_running", Repair.job_id, where=IS_RUNNING)


class RepairTrial(Base):
    """A job of a repair. It refers to no job: that may be deleted, and what came of it stays."""

    __tablename__ = "repair_trials"
    __table_args__ = (UniqueConstraint("child"), {"sqlite_with_rowid": False})

    job_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Repair.job_id, ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # None where it could not be made.
    child: Mapped[str | None] = mapped_column(Identifier())
    # Of the plan's, by number; None is the original.
    candidate: Mapped[int | None]
    seed: Mapped[int]
    rung: Mapped[int]
    # The epoch at which it comes to the end of its rung; None for its own end.
    until_epoch: Mapped[int | None] = mapped_column(BigInteger)
    # Whether that end was seen, and what was found there.
    is_settled: Mapped[bool] = mapped_column(server_default=false())
    is_out: Mapped[bool] = mapped_column(server_default=false())
    is_lost: Mapped[bool] = mapped_column(server_default=false())
    score: Mapped[float | None]
