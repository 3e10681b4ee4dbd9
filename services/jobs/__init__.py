"""What can be done about jobs: drafted, made, derived, changed, stopped, gone on with, deleted."""
