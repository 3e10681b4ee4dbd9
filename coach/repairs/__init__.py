"""How a job that does not learn is repaired: what is tried, in which order and for how long, and what comes of it.

Nothing here trains or stores anything: `services.repairs` makes the jobs, a step at a time.
"""
