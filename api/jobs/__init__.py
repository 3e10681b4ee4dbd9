"""Jobs: create, list, read, cancel; results, metrics and events."""
