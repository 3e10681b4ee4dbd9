"""From evidence to findings: every rule looks, what they find is weighed together, causes come ahead of symptoms."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from coach.evidence import Evidence
from coach.findings import Finding, Found
from coach.rules import ALL
from coach.rules.rule import Rule
from coach.standing import is_poor
from spec.diagnosis import RULES, SEVERITIES, Severity

Failed: TypeAlias = Callable[[str, Exception], None]
"""Is told the name of a rule that failed, and why."""


def diagnose(evidence: Evidence, failed: Failed, rules: Sequence[Rule] = ALL) -> list[Finding]:
    """What is going wrong with a job, the most important first.

    A finding is an alarm (an error or a warning) only where the network does poorly, so that it explains something; a
    network that learns well gets hints at most. Remedies are left to `coach.remedies`.

    Args:
        evidence: All that is known.
        failed: Is told of rules that failed; the others are not concerned.
        rules: That look.
    """
    has_reason = is_poor(evidence)
    found: list[tuple[Found, Severity]] = []
    for rule in rules:
        threshold = evidence.job.spec.coach.threshold_of(rule.NAME)
        if threshold is None:
            continue
        try:
            seen = list(rule.find(evidence, threshold))
        except Exception as error:  # noqa: BLE001 -- one rule never costs the others
            failed(rule.NAME, error)
            continue
        if seen:
            one = _together(seen)
            found.append((one, one.severity if has_reason else "hint"))
    return list(_ranked(found, _reach(rules)))


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
    """Causes by their severity and certainty, each followed by its symptoms."""
    order = list(RULES)

    def key(one: tuple[Found, Severity]) -> tuple[int, int]:
        return SEVERITIES.index(one[1]), order.index(one[0].rule)

    ranked = sorted(found, key=key)
    explained = {symptom.rule: _cause_of(symptom, severity, ranked, reach) for symptom, severity in ranked}
    for cause, severity in ranked:
        if explained[cause.rule] is not None:
            continue
        yield Finding(cause, severity, is_cause=True)
        for symptom, of_symptom in ranked:
            if explained[symptom.rule] == cause.rule:
                yield Finding(symptom, of_symptom, is_cause=False, explained_by=cause.rule)


def _cause_of(
    symptom: Found, severity: Severity, ranked: Sequence[tuple[Found, Severity]], reach: Mapping[str, frozenset[str]]
) -> str | None:
    """The first root that leads to a symptom; what is less sure than the symptom explains nothing."""
    causes = [
        one.rule
        for one, of_cause in ranked
        if symptom.rule in reach.get(one.rule, ()) and SEVERITIES.index(of_cause) <= SEVERITIES.index(severity)
    ]
    roots = [name for name in causes if not any(name in reach.get(other, ()) for other in causes)]
    return next(iter(roots), None)
