"""How good it could be: references for the rows of jobs, computed one at a time, which no job waits for."""
