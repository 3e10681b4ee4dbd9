"""Rules for sentences that people read: in ordinary English, whole, with standard terms."""

import re

_BEGINNING = re.compile(r"[A-Z0-9`\"{/]")
_ENDING = re.compile(r"[.?!][`\")]?$")
_PHRASES = (
    r"(?<![Tt]here )\b(is|are|was) no (?!longer\b|more than\b|such\b|way\b|need\b|limit\b|default\b|data\b|room\b)",
    r"\b(is|are) none\b",
    r"\bknows? (no|none|nothing)\b",
    r"\b(is|are|be|been) (said|told)\b",
    r"\b(say|says|tell|tells) (`|\")",
    r"\bopens (nothing|no)\b",
    r"\bstands? (here|there|twice)\b",
    r"\bcomes? to\b",
    r"\bmay be at most\b",
    r"\bhas (no|nothing) to (say|tell)\b",
    r"\bnobody\b",
    r"\bof these\b",
    r"\bunless said\b",
    r"(?<!separated )\bby commas\b",
    r"\banew\b",
    r"\b(cannot|could not) be had\b",
    r"\bpassed over\b",
    r"\bin the place of\b",
    r"\bas a rule\b",
    r"\btold of\b",
    r"  ",
)
"""Phrases that a reader of English stumbles over, where a usual one means the same."""
_ODD = re.compile("|".join(_PHRASES))


def faults_of_sentence(text: str) -> list[str]:
    """What is wrong with one or more sentences, in a few words each; nothing where they read well.

    Args:
        text: A message, or a paragraph of a description, without its markup.
    """
    faults: list[str] = []
    if not _BEGINNING.match(text):
        faults.append("begins with a small letter")
    if not _ENDING.search(text):
        faults.append("does not end with a full stop")
    return faults + odd_phrases(text)


def odd_phrases(text: str) -> list[str]:
    """The odd phrases in a text of any form, in a few words each."""
    return [f"has the odd phrase {found.group().strip()!r}" for found in _ODD.finditer(text)]
