"""Projects: to whom jobs, keys and all else belong."""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables.projects import Project


async def ensure(connection: AsyncConnection, project: str) -> None:
    """Make the project unless it is there; two may do so at once."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    await connection.execute(dialect.insert(Project).values(id=project).on_conflict_do_nothing())


async def lock(connection: AsyncConnection, project: str) -> None:
    """Count and make something of the project in turn until the transaction ends; jobs may refer to it meanwhile."""
    await connection.execute(select(Project.id).where(Project.id == project).with_for_update(key_share=True))
