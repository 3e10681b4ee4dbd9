"""How wide and how deep a network is."""
