"""Measures the service beside what a user would run instead, on the same work, in turn, in one run."""
