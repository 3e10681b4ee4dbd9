"""A report's blocks as HTML and as Markdown; whatever a client wrote is escaped here, and nowhere else."""
