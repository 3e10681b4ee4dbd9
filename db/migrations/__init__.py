"""Alembic's migrations, run by `db.migrate`."""
