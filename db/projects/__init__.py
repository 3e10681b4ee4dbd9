"""Projects and what is theirs: keys, quotas, what was asked in their name."""
