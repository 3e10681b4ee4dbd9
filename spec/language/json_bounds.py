"""How much one JSON document may hold, whoever wrote it."""

MAX_DEPTH = 64
"""Of arrays and objects within one another; a job spec needs about ten."""

MAX_VALUES = 100_000
"""In one document; the largest network the language allows has about 30,000."""
