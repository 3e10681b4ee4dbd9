"""What the coach finds of a job's training."""
