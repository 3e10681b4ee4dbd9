"""Findings as JSON, as everybody is shown them."""

from collections.abc import Mapping, Sequence
from typing import Any

from coach.findings import Finding, Remedy
from coach.rules import ALL
from spec.diagnosis import RULES
from spec.ids import id_of
from spec.language.numbers import encode_json

MOST_BYTES = 64 * 2**10
"""Of all findings of a job, as JSON. Remedies are left out where they come to more, of the last findings first."""

_SOURCES: Mapping[str, str] = {rule.NAME: rule.SOURCE for rule in ALL}


def finding_documents(findings: Sequence[Finding], job_id: str | None) -> list[dict[str, Any]]:
    """The documents of a job's findings, in their order.

    Args:
        findings: As the coach ranks them.
        job_id: Whose they are: it gives them their ids, which are the same for the same rule. None of a job that is
            not made, whose findings have none.
    """
    documents = [_document(finding, job_id) for finding in findings]
    for document in reversed(documents):
        if len(encode_json(documents)) <= MOST_BYTES:
            break
        document["remedies"] = []
    return documents


def _document(finding: Finding, job_id: str | None) -> dict[str, Any]:
    found = finding.found
    facts = RULES[found.rule]
    return {
        "object": "finding",
        "id": None if job_id is None else id_of("finding", job_id, found.rule),
        "rule": found.rule,
        "severity": finding.severity,
        "cause": finding.is_cause,
        "explained_by": finding.explained_by,
        "layer": found.layer,
        "epoch": found.epoch,
        "last_epoch": found.last_epoch,
        "measured": found.measured,
        "threshold": found.threshold,
        "unit": found.unit or facts.unit,
        "title": facts.title,
        "explanation": found.explanation,
        "source": _SOURCES.get(found.rule, ""),
        "remedies": [_remedy(remedy) for remedy in finding.remedies],
    }


def _remedy(remedy: Remedy) -> dict[str, Any]:
    return {
        "title": remedy.title,
        "reason": remedy.reason,
        "technique": remedy.technique,
        "parameters": dict(remedy.parameters),
        "patch": [dict(operation) for operation in remedy.patch],
    }
