"""Questions about a network that need no training."""
