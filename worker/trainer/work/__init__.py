"""What a trainer can be ordered to do: a file a kind of work."""
