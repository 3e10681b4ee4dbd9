"""How a network is trained, and what its parts have to do with each other."""
