"""Compiled functions, and which jobs can share them."""
