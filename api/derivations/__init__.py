"""Jobs derived from others: a patch on a job's spec."""
