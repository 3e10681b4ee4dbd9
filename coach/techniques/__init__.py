"""Every technique that can help a job, one file each: the one list that remedies, ablations and pages stand on."""

from typing import Any

from coach.techniques.technique import Technique

TECHNIQUES: tuple[Technique[Any], ...] = ()
"""All of them, in the order of the notebook."""
