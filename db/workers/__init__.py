"""Workers, what they did, and what they have to look for."""
