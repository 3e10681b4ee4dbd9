"""A coach: looks at one job again and again, and works out once what stays the same."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from coach.coached_job import CoachedJob
from coach.diagnosis import Failed, diagnose
from coach.evidence import EpochSeen, Evidence, ReferenceSeen, StartSeen
from coach.findings import Finding, Remedy
from coach.remedies import with_remedies
from coach.rules import ALL
from coach.rules.rule import Rule


class Coach:
    """Of one job.

    Args:
        job: It.
        failed: Is told of rules that failed, and of what failed when remedies were looked for (`REMEDIES`), or a repair
            was planned (`REPAIR`).
        rules: That look.
    """

    REMEDIES = "remedies"
    """What has failed where the remedies of a finding could not be worked out."""
    REPAIR = "repair"
    """What has failed where it could not be worked out whether and how a job is repaired."""

    def __init__(self, job: CoachedJob, failed: Failed, rules: Sequence[Rule] = ALL) -> None:
        self._job = job
        self.failed = failed
        self._rules = rules
        self._remedies: dict[tuple[str, ...], list[Sequence[Remedy]]] = {}

    def look(  # noqa: PLR0913 -- one for each thing that `Evidence` has
        self,
        epochs: Sequence[EpochSeen] = (),
        start: StartSeen | None = None,
        reference: ReferenceSeen | None = None,
        *,
        is_final: bool = False,
        failure: str | None = None,
        evaluated: Mapping[str, float] | None = None,
    ) -> list[Finding]:
        """What is going wrong, the most important first, with what to do about each.

        Args:
            epochs: As `Evidence` has them, like all the others.
            start: What was seen once.
            reference: How good it could be.
            is_final: Whether nothing is to come.
            failure: The code of a failure.
            evaluated: Scores of the weights that the job leaves.
        """
        return self.look_at(
            self.evidence(epochs, start, reference, is_final=is_final, failure=failure, evaluated=evaluated)
        )

    def look_at(self, evidence: Evidence) -> list[Finding]:
        """`look`, at what `evidence` has put together."""
        found = diagnose(evidence, self.failed, self._rules)
        # What helps follows from which rules found something, and from the spec, which never changes.
        key = tuple(finding.found.rule for finding in found)
        if key not in self._remedies:
            self._remedies[key] = self._worked_out(found)
        return [
            replace(finding, remedies=remedies) for finding, remedies in zip(found, self._remedies[key], strict=True)
        ]

    def evidence(  # noqa: PLR0913 -- as above
        self,
        epochs: Sequence[EpochSeen] = (),
        start: StartSeen | None = None,
        reference: ReferenceSeen | None = None,
        *,
        is_final: bool = False,
        failure: str | None = None,
        evaluated: Mapping[str, float] | None = None,
    ) -> Evidence:
        """What `look` looks at."""
        return Evidence(self._job, epochs, start, reference, is_final, failure, evaluated or {})

    def _worked_out(self, found: Sequence[Finding]) -> list[Sequence[Remedy]]:
        try:
            return [finding.remedies for finding in with_remedies(self._job, found)]
        except Exception as error:  # noqa: BLE001 -- a technique that fails costs the remedies and no finding
            self.failed(self.REMEDIES, error)
            return [() for _ in found]
