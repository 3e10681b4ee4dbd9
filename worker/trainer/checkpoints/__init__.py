"""Checkpoints: what they hold, when they are taken, and the files they are."""
