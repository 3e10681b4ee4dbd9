"""A coach: looks at one job again and again, and works out once what stays the same."""

from collections.abc import Sequence
from dataclasses import replace

from coach.coached_job import CoachedJob
from coach.diagnosis import Failed, diagnose
from coach.evidence import Evidence
from coach.findings import Finding, Remedy
from coach.remedies import with_remedies
from coach.rules import ALL
from coach.rules.rule import Rule


class Coach:
    """Of one job.

    Args:
        job: The job.
        failed: Is told of rules that failed, and of what failed when remedies were looked for (`REMEDIES`), or a repair
            was planned (`REPAIR`).
        rules: That look.
    """

    REMEDIES = "remedies"
    """What has failed where the remedies of a finding could not be worked out."""
    REPAIR = "repair"
    """What has failed where it could not be worked out whether and how a job is repaired."""

    def __init__(self, job: CoachedJob, failed: Failed, rules: Sequence[Rule] = ALL) -> None:
        self.job = job
        self.failed = failed
        self._rules = rules
        self._remedies: dict[tuple[str, ...], list[Sequence[Remedy]]] = {}

    def look(self, evidence: Evidence) -> list[Finding]:
        """What is going wrong, the most important first, with what to do about each.

        Args:
            evidence: All that is known of the job.
        """
        found = diagnose(evidence, self.failed, self._rules)
        # What helps follows from which rules found something, and from the spec, which never changes.
        key = tuple(finding.found.rule for finding in found)
        if key not in self._remedies:
            self._remedies[key] = self._worked_out(found)
        return [
            replace(finding, remedies=remedies) for finding, remedies in zip(found, self._remedies[key], strict=True)
        ]

    def _worked_out(self, found: Sequence[Finding]) -> list[Sequence[Remedy]]:
        try:
            return [finding.remedies for finding in with_remedies(self.job, found)]
        except Exception as error:  # noqa: BLE001 -- a technique that fails costs the remedies and no finding
            self.failed(self.REMEDIES, error)
            return [() for _ in found]
