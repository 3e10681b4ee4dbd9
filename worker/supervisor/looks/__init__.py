"""Looks of the coach at jobs: what they are prepared from, and what comes of them."""
