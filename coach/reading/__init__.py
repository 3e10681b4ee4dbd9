"""How techniques and rules read a job, and how techniques write what they change of it."""
