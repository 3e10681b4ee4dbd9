"""Attempts at jobs: what they write, how they end, and what they leave."""
