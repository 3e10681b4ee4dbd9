"""Whether the service is alive, whether it can take and do work, and which version it is."""
