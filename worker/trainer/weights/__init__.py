"""The weights that a training begins with and those that it leaves: their names, their files, and what is copied."""
