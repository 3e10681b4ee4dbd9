"""Repairs of jobs that did not learn."""
