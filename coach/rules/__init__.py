"""The illnesses of networks, one file each: how each shows, and what helps against it."""

from coach.rules.rule import Rule

ALL: tuple[Rule, ...] = ()
"""One for each name of `spec.diagnosis.RULES`, in that order."""
