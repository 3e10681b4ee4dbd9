"""Whether the service is alive, and whether it can take and do work."""
