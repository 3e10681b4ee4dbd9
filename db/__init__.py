"""The database room: the only place that writes SQL. Functions take a connection of `db.engine.Database` first."""
