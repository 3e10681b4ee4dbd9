"""Data sets: what is known of one, and what a job may ask of one."""
