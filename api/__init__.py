"""The HTTP API: a folder a resource, each with its routes, its service and its documents."""
