"""All tables there are: a table whose module is not imported here, no migration knows of."""

from sqlalchemy import MetaData

from db.tables import attempts, datasets, jobs, projects, references, repairs, webhooks, workers
from db.tables.base import Base

__all__ = ["METADATA", "attempts", "datasets", "jobs", "projects", "references", "repairs", "webhooks", "workers"]

METADATA: MetaData = Base.metadata
