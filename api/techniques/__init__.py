"""Techniques: moves on a job spec."""
