"""From evidence to findings: every rule looks, what they find is weighed together, causes come ahead of symptoms."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from coach.evidence import Evidence
from coach.findings import Finding, Found
from coach.reading.case import Case
from coach.rules import ALL
from coach.rules.rule import Rule
from spec.diagnosis import RULES, SEVERITIES, Severity

Failed: TypeAlias = Callable[[str, Exception], None]
"""Is told the name of a rule that failed, and why."""

_TELLS_OF_SCORES = "not_learning"
"""The rule that quotes the yardstick in its own words."""


def diagnose(evidence: Evidence, failed: Failed, rules: Sequence[Rule] = ALL) -> list[Finding]:
    """What is going wrong with a job, the most important first.

    A finding is an alarm (an error or a warning) only where the network does poorly, so that it explains something; a
    network that learns well gets hints at most. The causes of a poor result quote it beside what simple models reach,
    where that is known. Remedies are left to `coach.remedies`.

    Args:
        evidence: All that is known.
        failed: Is told of rules that failed; the others are not concerned.
        rules: That look.
    """
    case = Case(evidence)
    found: list[tuple[Found, Severity]] = []
    for rule in rules:
        threshold = evidence.job.spec.coach.threshold_of(rule.NAME)
        if threshold is None:
            continue
        try:
            seen = list(rule.find(case, threshold))
        except Exception as error:  # noqa: BLE001 -- one rule never costs the others
            failed(rule.NAME, error)
            continue
        if seen:
            one = _together(seen)
            found.append((one, one.severity if case.is_poor else "hint"))
    return [_quoting(finding, case) for finding in _ranked(found, _reach(rules))]


def _quoting(finding: Finding, case: Case) -> Finding:
    """What explains a poor result, with that result beside what simple models reach."""
    found = finding.found
    if not case.is_poor or not finding.is_cause or case.quote is None or found.rule == _TELLS_OF_SCORES:
        return finding
    return replace(finding, found=replace(found, explanation=f"{found.explanation} {case.quote}"))


def _together(seen: Sequence[Found]) -> Found:
    """One for what a rule found in several layers: the gravest, which tells of the others."""
    worst = min(seen, key=lambda one: SEVERITIES.index(one.severity))
    others = len({one.layer for one in seen} - {worst.layer})
    if not others:
        return worst
    more = "The same is true of one other layer." if others == 1 else f"The same is true of {others} other layers."
    return replace(worst, explanation=f"{worst.explanation} {more}")


def _reach(rules: Iterable[Rule]) -> Mapping[str, frozenset[str]]:
    """All that an illness brings about, by way of others as well."""
    direct = {rule.NAME: rule.CAUSES for rule in rules}

    def beyond(name: str, seen: frozenset[str]) -> frozenset[str]:
        for one in direct.get(name, ()):
            if one not in seen:
                seen = beyond(one, seen | {one})
        return seen

    return {name: beyond(name, frozenset()) for name in direct}


def _ranked(found: Sequence[tuple[Found, Severity]], reach: Mapping[str, frozenset[str]]) -> Iterable[Finding]:
    """The gravest first, causes ahead of symptoms; a cause is as grave as the gravest of what it explains."""
    order = list(RULES)

    def grade(one: tuple[Found, Severity]) -> tuple[int, int]:
        return SEVERITIES.index(one[1]), order.index(one[0].rule)

    graded = sorted(found, key=grade)
    cause_of = {symptom.rule: _cause_of(symptom, severity, graded, reach) for symptom, severity in graded}
    weight = {one.rule: SEVERITIES.index(severity) for one, severity in graded}
    for symptom, cause in cause_of.items():
        if cause is not None:
            weight[cause] = min(weight[cause], weight[symptom])
    for one, severity in sorted(graded, key=lambda one: (weight[one[0].rule], cause_of[one[0].rule] is not None)):
        cause = cause_of[one.rule]
        yield Finding(one, severity, is_cause=cause is None, explained_by=cause)


def _cause_of(
    symptom: Found, severity: Severity, graded: Sequence[tuple[Found, Severity]], reach: Mapping[str, frozenset[str]]
) -> str | None:
    """The gravest root that leads to a symptom; a hint explains no alarm."""
    causes = [
        one.rule
        for one, of_cause in graded
        if symptom.rule in reach.get(one.rule, ()) and (of_cause != "hint" or severity == "hint")
    ]
    roots = [name for name in causes if not any(name in reach.get(other, ()) for other in causes)]
    return next(iter(roots), None)
