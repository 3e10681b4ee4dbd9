"""What a job left behind: list, download."""
