"""Weights that trainings begin with: what is known of them, which layers get them, and when one may go on."""
