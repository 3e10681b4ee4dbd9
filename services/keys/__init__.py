"""Keys: made and revoked, and which of them opens what."""
