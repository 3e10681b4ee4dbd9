"""Which jobs are repaired, and which are not worth training to their end."""

from collections.abc import Sequence

from coach.evidence import Evidence
from coach.findings import Finding
from coach.reading.case import Case
from coach.repairs.plan import Plan, plan_of
from coach.standing import EXPECTED
from spec.states import FailureCode

_GRAVE = "error"
_FAR = 0.75
"""The share of the way from guessing to a perfect score below which a job is repaired of whose rows no reference is
known: what is as far from the best that is possible is at least as far from a perfect score."""


def is_hopeless(evidence: Evidence, findings: Sequence[Finding]) -> bool:
    """Whether a training that may be repaired does poorly by now, and an error explains it: it need not go on.

    Args:
        evidence: Of a training that is under way.
        findings: What is wrong with it.
    """
    if not evidence.job.spec.coach.repair or not any(one.severity == _GRAVE for one in findings):
        return False
    return Case(evidence).is_poor


def is_undecided(evidence: Evidence, findings: Sequence[Finding], *, is_stopped: bool) -> bool:
    """Whether it depends on a reference that is not known yet whether a job is repaired that has ended.

    What was stopped, has diverged or is explained by an error is sick, whatever simple models reach. What has gone as
    far towards a perfect score as a network should towards the best one that is known is not.

    Args:
        evidence: Of the whole training, without a reference.
        findings: What is wrong with it.
        is_stopped: Whether the coach stopped it.
    """
    if not _may_be_repaired(evidence) or is_stopped or evidence.has_diverged or evidence.failure is not None:
        return False
    case = Case(evidence)
    standing = case.standing
    is_well = standing is not None and standing.is_of_rows and standing.share >= EXPECTED and not case.is_poor
    return not is_well and not any(one.severity == _GRAVE for one in findings)


def repair_of(evidence: Evidence, findings: Sequence[Finding], *, is_stopped: bool) -> Plan | None:
    """How a job is repaired that has ended; None of one that does well, or that the coach may not repair.

    One that failed is repaired only if it diverged: that another network would have fit into memory, or have been
    quicker, says nothing about how it learns.

    Args:
        evidence: Of the whole training.
        findings: What is wrong with it, with remedies.
        is_stopped: Whether the coach stopped it.
    """
    if not _may_be_repaired(evidence):
        return None
    if not is_stopped and not _is_sick(Case(evidence)):
        return None
    return plan_of(evidence, findings, is_stopped=is_stopped)


def _is_sick(case: Case) -> bool:
    """Whether a job that has ended does poorly or, where no reference is known, may well do.

    Findings do not say more than is sure. A repair may try: if nothing is better, the job stays as it is.
    """
    standing = case.standing
    is_far = standing is not None and standing.is_of_rows and standing.best is None and standing.share < _FAR
    return case.is_poor or is_far


def _may_be_repaired(evidence: Evidence) -> bool:
    return evidence.job.spec.coach.repair and evidence.failure in (None, FailureCode.DIVERGED)
