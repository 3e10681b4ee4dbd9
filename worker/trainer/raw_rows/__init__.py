"""What is left of a training on a user's data set for raw rows: ``serving.keras`` and ``preprocessing.json``."""
