"""The queue: how jobs get to workers, and where they stand until then."""
