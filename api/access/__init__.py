"""Who may do what: keys, scopes, and where a request comes from."""
