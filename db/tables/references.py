"""How good simple models are on the rows that jobs choose."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, partial_index
from db.tables.columns import Identifier, db_now
from db.tables.datasets import Dataset
from db.tables.jobs import Job


class ReferenceScore(Base):
    """What simple models reach on some rows, computed once for all jobs that choose the same ones.

    The key is made of what a job says of its rows, and of the ids of the data sets of users among it: nobody else's job
    has it, and it goes with them.
    """

    __tablename__ = "reference_scores"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: Mapped[str] = mapped_column(Identifier(), primary_key=True)
    dataset_id: Mapped[str | None] = mapped_column(Identifier(), ForeignKey(Dataset.id, ondelete="CASCADE"))
    other_dataset_id: Mapped[str | None] = mapped_column(Identifier(), ForeignKey(Dataset.id, ondelete="CASCADE"))
    # Until then some worker computes it; how often one began is counted.
    claimed_until: Mapped[datetime]
    claims: Mapped[int]
    document_json: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=db_now())


partial_index("reference_scores_dataset_id", ReferenceScore.dataset_id, where=ReferenceScore.dataset_id.is_not(None))
partial_index(
    "reference_scores_other_dataset_id",
    ReferenceScore.other_dataset_id,
    where=ReferenceScore.other_dataset_id.is_not(None),
)


class JobReference(Base):
    """Which reference holds for a job. It may not be there yet, and it may be gone with its data set."""

    __tablename__ = "job_references"
    __table_args__: ClassVar = (Index("job_references_key_job_id", "key", "job_id"), {"sqlite_with_rowid": False})

    job_id: Mapped[str] = mapped_column(Identifier(), ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(Identifier())
