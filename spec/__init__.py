"""The job language: what a network, a training run, a data set and a job are. Pydantic only."""
