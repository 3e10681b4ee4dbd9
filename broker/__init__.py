"""The broker: a hint that may lose or repeat all it holds. SQL is the truth."""
