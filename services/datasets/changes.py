"""What is decided about data sets that are there."""

from db.datasets import datasets
from db.errors import DatasetNotFound
from db.projects import audit
from services.actors import Actor
from services.context import ServiceContext
from services.ids import checked_id


async def remove(context: ServiceContext, actor: Actor, dataset_id: str) -> None:
    """Deletes the data set; its file goes with the last data set that is read from it.

    Raises:
        DatasetNotFound: If the caller has none such.
        DatasetInUse: If a job that has not ended uses it.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(dataset_id, "ds", DatasetNotFound)
    async with context.database.write() as connection:
        await datasets.delete(connection, dataset_id, actor.project)
        await audit.record(connection, actor.act("dataset.delete", dataset_id))
