"""Everything on one machine, with one command: Valkey, the API and a worker under a process manager."""
