"""Callbacks of the service's own, by the names of their declarations: one file a callback.

What a checkpoint keeps of a callback, and what it tells of the end, is said where it is declared, in
`spec.training.callbacks`. Which hooks it has is seen from its class.
"""
