"""Connections to the database, and how they fail."""
