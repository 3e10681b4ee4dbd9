"""Who diagnoses: the coach, tried offline or as the service ran it, its peers, and nobody."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.diagnosis.evaluation import Diagnoser, Said
from bench.diagnosis.lines import Line
from bench.diagnosis.peers.autotrainer import autotrainer
from bench.diagnosis.peers.debugger import debugger
from coach.diagnosis import diagnose
from spec.diagnosis import RULES

FAULTS: Mapping[str, str] = {"loss_wants_two_classes": "output_units_mismatch"}
"""Codes of faults at POST that name a cause, where the fault has no `rule` of its own."""


class RuleFailed(Exception):
    """A rule of the coach raised on what it was given."""


def coach_offline(line: Line) -> Sequence[Said]:
    """What the rules of this tree say of what was kept, now."""
    if line.refusal is not None:
        return list(_of_refusal(line.refusal))
    return [Said(one.found.rule, one.severity) for one in diagnose(line.evidence, _raise)]


def coach_as_run(line: Line) -> Sequence[Said] | None:
    """What the service found while the job ran; None where it had no findings to give."""
    if line.refusal is not None:
        return list(_of_refusal(line.refusal))
    findings = line.told.get("findings")
    return None if findings is None else [Said(one["rule"], one["severity"]) for one in findings]


def nobody(line: Line) -> Sequence[Said]:
    """A service without a coach."""
    del line
    return ()


def _of_refusal(problem: Mapping[str, Any]) -> Iterator[Said]:
    """A job that is refused is called faulty; whether the cause is named is told by the fault."""
    for fault in problem.get("errors") or [{"code": "refused"}]:
        code: str = fault["code"]
        yield Said(fault.get("rule") or (code if code in RULES else FAULTS.get(code, code)), "error")


def _raise(rule: str, error: Exception) -> None:
    raise RuleFailed(rule) from error


DIAGNOSERS: Mapping[str, Diagnoser] = {
    "coach": coach_offline,
    "coach, as it ran": coach_as_run,
    "SageMaker Debugger": debugger,
    "AutoTrainer": autotrainer,
    "no coach": nobody,
}
"""By the names that the table has."""
