"""What was measured inside a job's training."""
