"""What a project may have of jobs, bytes and training."""
