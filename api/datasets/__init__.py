"""Users' data sets."""
