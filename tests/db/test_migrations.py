from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from db.engine import Database
from db.models import Base


async def test_migrations_make_the_tables_the_models_declare(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    async with database.write() as connection:
        assert await connection.run_sync(differences) == []
