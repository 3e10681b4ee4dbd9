"""What to do about findings: the moves of their rules' techniques that apply, causes ahead of symptoms."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from coach.coached_job import CoachedJob
from coach.findings import Finding, Remedy
from coach.moves import BY_NAME, applied
from coach.outcomes import NotApplicable
from coach.rules import ALL
from coach.rules.rule import Rule

MOST_REMEDIES = 5
"""Of a finding."""

_RULES: Mapping[str, Rule] = {rule.NAME: rule for rule in ALL}


def with_remedies(job: CoachedJob, findings: Sequence[Finding]) -> list[Finding]:
    """The same findings with what to do about each.

    A move that two findings call for stands with the one that is ranked first.

    Args:
        job: The sound job that they are about.
        findings: As `coach.diagnosis.diagnose` ranks them.
    """
    told: set[str] = set()
    found: list[Finding] = []
    for finding in findings:
        remedies: list[Remedy] = []
        for prescription in _RULES[finding.found.rule].REMEDIES:
            technique = BY_NAME[prescription.technique]
            move = applied(technique, job, dict(prescription.parameters))
            if isinstance(move, NotApplicable):
                continue
            patch = [dict(operation) for operation in move.patch]
            key = json.dumps(patch, sort_keys=True)
            if key in told:
                continue
            told.add(key)
            reason = f"{prescription.reason} {move.reason}"
            remedies.append(Remedy(technique.TITLE, reason, technique.NAME, patch, prescription.parameters))
            if len(remedies) == MOST_REMEDIES:
                break
        found.append(replace(finding, remedies=remedies))
    return found
