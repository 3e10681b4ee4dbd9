"""Everything on one machine, with one command: Redis, the API and a worker under a process manager."""
