"""Drawn by Matplotlib, in the environment of the optional peers, from what was measured."""
