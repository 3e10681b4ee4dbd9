"""With which weights a network begins."""
