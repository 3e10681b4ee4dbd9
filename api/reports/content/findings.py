"""What the coach found, with its evidence and what to do; symptoms stand within their cause."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api.reports.known import Document, Known, members
from api.reports.writing.blocks import Block, Card, Code, Facts, Heading, Paragraph, Said
from api.reports.writing.numbers import number
from spec.diagnosis import Severity

MOST_FINDINGS = 24
_MOST_REMEDIES = 5
_MOST_OF_A_SYMPTOM = 2
"""Remedies of what another finding explains, whose own are the better ones."""
_MOST_PATCH = 1500
"""Characters of a patch that are shown."""


def findings(known: Known) -> Iterator[Block]:
    """A card for each finding that no other explains."""
    yield Heading("Findings")
    shown = known.findings[:MOST_FINDINGS]
    if not shown:
        yield Paragraph(_nothing(known))
        return
    causes = {finding["rule"] for finding in shown if finding.get("explained_by") is None}
    for finding in shown:
        if finding.get("explained_by") not in causes:
            yield _card(finding, [one for one in shown if one.get("explained_by") == finding["rule"]])


def _nothing(known: Known) -> str:
    if known.has_ended:
        return "The coach found nothing that goes wrong."
    return "The coach has found nothing that goes wrong so far."


def _card(finding: Document, symptoms: Sequence[Document] = (), most_remedies: int = _MOST_REMEDIES) -> Card:
    blocks: list[Block] = [Paragraph(str(finding["explanation"])), Facts([*_evidence(finding)])]
    remedies = members(finding, "remedies")
    for place, remedy in enumerate(remedies[:most_remedies], 1):
        blocks += _remedy(place, remedy)
    if len(remedies) > most_remedies:
        blocks.append(Paragraph(f"`GET /v1/jobs/{{id}}/findings` has {len(remedies) - most_remedies} more.", "remark"))
    if symptoms:
        blocks.append(Paragraph("This explains what else was found:", "remark"))
        blocks += [_card(symptom, most_remedies=_MOST_OF_A_SYMPTOM) for symptom in symptoms]
    severity: Severity = finding["severity"]
    return Card(severity, str(finding["title"]), blocks)


def _evidence(finding: Document) -> Iterator[tuple[str, str]]:
    unit = str(finding["unit"])
    yield "Measured", f"{number(finding['measured'])} {unit}"
    yield "Threshold", f"{number(finding['threshold'])} {unit}"
    if finding.get("layer") is not None:
        yield "Layer", Said(finding["layer"])
    if finding.get("epoch") is not None:
        first, last = finding["epoch"], finding.get("last_epoch")
        yield "Epochs", f"{first:,}" if last in (None, first) else f"{first:,} to {last:,}"
    else:
        yield "Seen in", "the spec alone"
    if finding.get("source"):
        yield "Source", str(finding["source"])


def _remedy(place: int, remedy: Mapping[str, Any]) -> Iterator[Block]:
    yield Paragraph(f"Remedy {place}: {remedy['title']} (`{remedy['technique']}`). {remedy['reason']}")
    lines = [json.dumps(operation, ensure_ascii=False) for operation in remedy["patch"]]
    text = "\n".join(lines)
    yield Code(text if len(text) <= _MOST_PATCH else f"{text[:_MOST_PATCH]}…")
