"""How much of everything is accepted."""
