"""What is told of a training, and what it leaves as files."""
