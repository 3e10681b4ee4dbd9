"""How good it could be: simple models on the rows of a job, in a program of its own that no job waits for."""
