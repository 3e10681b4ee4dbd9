"""The workers and what they are doing."""
