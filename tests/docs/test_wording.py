"""What people read in the documents is ordinary English: no odd phrases, whole sentences."""

import re
from pathlib import Path

import pytest

from tests.docs.prose import Kind, Passage, passages_of
from tests.docs.sessions import ROOT
from tests.wording import odd_phrases

PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
_NAMES = ("circus", "honcho", "kombu", "orjson", "pydantic", "supervisord", "systemd", "uvicorn")
"""What is written with a small letter at the beginning of a sentence, too."""
_BEGINNING = re.compile(rf"[A-Z0-9`\"'(…]|(?:{'|'.join(_NAMES)})\b")
_ENDING = re.compile(r"[.?!:][)\"]?$")
_DIALECT = (
    r"\bwho(?:so)?ever\b",
    r"\bnought\b",
    r"\b(?:is|are|was|were|be|been|being|as|not) told\b",
    r"\btells? (?:of|it|so)\b",
    r"\bstands? (?:in|on|for itself|where|before|behind|beside)\b",
    r"\b(?:lies|lie|lay) (?:in|on|there|beside|elsewhere|idle|where)\b",
    r"\bfor ever\b",
    r"\banew\b",
    r"\b(?:any|some|no) (?:one's|body's)\b",
    r"\bbut for (?:what|the|that|those|a)\b",
    r"\bof (?:its|their|one's) (?:sender|own)'s\b",
    r"\bis of (?:the|a|that|this)\b",
    r"\bat stake\b",
    r"\bthe way of\b",
    r"\bsaid (?:of|so|at)\b",
    r"\bup to the bit\b",
    r"\bsome \d",
    r"\b(?:second|row|slot|epoch|job|project|request|commit|statement|key) a (?:second|job|project|day|slot)\b",
    r"\b(?:row|epoch|job|project|request|commit|statement|variable) a (?:worker|epoch|batch|layer|commit|request)\b",
)
"""What the documents said as a translation would."""
_ODD = re.compile("|".join(_DIALECT))


def faults_of(passage: Passage) -> list[str]:
    faults = odd_phrases(passage.text)
    faults += [f"has the odd phrase {found[0]!r}" for found in _ODD.finditer(passage.text)]
    if passage.kind in {Kind.HEADING, Kind.CELL} or passage.is_link:
        return faults
    if not _BEGINNING.match(passage.text):
        faults.append("begins with a small letter")
    if not _ENDING.search(passage.text):
        faults.append("does not end with a full stop")
    return faults


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_reads_well(page: Path) -> None:
    name = str(page.relative_to(ROOT))
    passages = list(passages_of(page))
    assert passages
    found = [f"{name}:{one.line}: {fault}: {one.text}" for one in passages for fault in faults_of(one)]
    assert not found, "\n".join(found)


def test_what_is_no_prose_is_left_out(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A *title*\n\nSee [the\npage](x.md) and `is no` code.\n\n```sh\nwhoever\n```\n\n    make whoever\n\n"
        "- **One** item,\n  continued.\n- [Two](y.md)\n\n| a | b \\| c |\n|---|---|\n| d | |\n"
    )
    assert [(one.kind, one.line, one.text, one.is_link) for one in passages_of(page)] == [
        (Kind.HEADING, 1, "A title", False),
        (Kind.PARAGRAPH, 3, "See the page and `code` code.", False),
        (Kind.ITEM, 12, "One item, continued.", False),
        (Kind.ITEM, 14, "Two", True),
        (Kind.CELL, 16, "a", False),
        (Kind.CELL, 16, "b \\| c", False),
        (Kind.CELL, 18, "d", False),
    ]


@pytest.mark.parametrize(
    "text",
    ["whoever may", "This is so", "`Dence` is no layer.", "An epoch a second.", "In some 12 seconds."],
)
def test_faults_are_found(text: str) -> None:
    assert faults_of(Passage(Kind.PARAGRAPH, 1, text, is_link=False))
