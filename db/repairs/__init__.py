"""Repairs of jobs, and the jobs that they are made of."""
