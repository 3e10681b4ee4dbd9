"""Jobs: made, read, listed, changed, deleted."""
