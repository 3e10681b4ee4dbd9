"""The database room: the only place that writes SQL.

Functions take a connection first, one of `db.connections.engine.Database`.
"""
