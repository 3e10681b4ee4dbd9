"""The prose of a Markdown page: headings, paragraphs, list items and table cells, without code blocks or markup."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path

_FENCE = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_MARKER = re.compile(r" *(?:[-*]|\d+\.) ")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_EMPHASIS = re.compile(r"\*\*|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|<br/?>")
_CODE = re.compile(r"``[^`]+``|`[^`]+`|(?<=\[)[a-z][\w./-]*[./][\w./-]*(?=\]\()")
"""Code, and names of files as the texts of links."""


class Kind(StrEnum):
    """What a passage is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    CELL = "cell"


@dataclass(frozen=True)
class Passage:
    """A piece of prose.

    Attributes:
        line: Where it begins, from 1.
        text: Its words on one line, without markup, and with `code` for all that is code.
        is_link: Whether it is a link and nothing else.
    """

    kind: Kind
    line: int
    text: str
    is_link: bool


def passages_of(page: Path) -> Iterator[Passage]:
    """All prose of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for pattern in (_FENCE, _COMMENT):
        text = pattern.sub(lambda found: "\n" * found[0].count("\n"), text)
    numbered = list(enumerate(text.splitlines(), 1))
    for is_blank, lines in groupby(numbered, key=lambda one: not one[1].strip()):
        if not is_blank:
            yield from _block(list(lines))


def _block(lines: list[tuple[int, str]]) -> Iterator[Passage]:
    """The passages of lines without a blank one between them."""
    first = lines[0][1]
    if first.startswith("#"):
        yield _passage(Kind.HEADING, [(lines[0][0], first.lstrip("# "))])
        lines = lines[1:]
    elif first.startswith("    "):
        return
    gathered: list[tuple[int, str]] = []
    kind = Kind.PARAGRAPH
    for number, line in lines:
        if line.startswith("|"):
            yield from (_passage(Kind.CELL, [(number, cell)]) for cell in _cells(line))
            continue
        if marker := _MARKER.match(line):
            if gathered:
                yield _passage(kind, gathered)
            gathered, kind = [(number, line[marker.end() :])], Kind.ITEM
        else:
            gathered.append((number, line))
    if gathered:
        yield _passage(kind, gathered)


def _cells(line: str) -> list[str]:
    cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
    return [cell for cell in cells if cell.strip(":-")]


def _passage(kind: Kind, lines: list[tuple[int, str]]) -> Passage:
    raw = " ".join(line.strip() for _, line in lines)
    text = _EMPHASIS.sub("", _LINK.sub(r"\1", _CODE.sub("`code`", raw)))
    return Passage(kind, lines[0][0], text, bool(_LINK.fullmatch(raw)))
