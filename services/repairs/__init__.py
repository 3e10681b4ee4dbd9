"""Repairs: their next steps, planned and taken, and what they have come to."""
