"""How many requests a caller may send: a token bucket for each, shared by all processes of the API."""
