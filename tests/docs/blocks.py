"""The code blocks of a Markdown page, and the commands and outputs within them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(
    r"^(?P<indent> {0,3})```(?P<language>[\w-]*)[^\n]*\n(?P<text>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE
)
_INDENTED = re.compile(r"(?:\A|\n\n)(?P<text>(?: {4}[^\n]*\n|\n(?= {4}))+)")


@dataclass(frozen=True)
class Block:
    """One block of code.

    Attributes:
        page: The page's path within the repository.
        line: Where it begins, from 1.
        language: What stands behind its fence; `indented` for a block without one.
        text: What it holds.
    """

    page: str
    line: int
    language: str
    text: str

    @property
    def first_line(self) -> str:
        """Names the block in its page."""
        return self.text.strip().partition("\n")[0].strip()


@dataclass(frozen=True)
class Exchange:
    """A command of a console, and what the page says it answers; empty where it says nothing.

    Attributes:
        command: For a shell, without the prompt.
        output: As it stands in the page.
    """

    command: str
    output: str


def blocks_of(root: Path, page: Path) -> list[Block]:
    """All blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    name = str(page.relative_to(root))
    found = [
        Block(name, text.count("\n", 0, match.start()) + 1, match["language"], match["text"])
        for match in _FENCE.finditer(text)
    ]
    # What is indented within a fence, or within a list, is no block of its own.
    bare = _FENCE.sub(lambda match: "x\n" * match[0].count("\n") + "x", text)
    bare = re.sub(
        r"^(?:[-*]|\d+\.) [^\n]*\n(?:(?:  [^\n]*)?\n)*",
        lambda match: "x\n" * match[0].count("\n"),
        bare,
        flags=re.MULTILINE,
    )
    found += [
        Block(name, bare.count("\n", 0, match.start("text")) + 1, "indented", match["text"])
        for match in _INDENTED.finditer(bare)
    ]
    return sorted(found, key=lambda block: block.line)


def exchanges_of(block: Block) -> Iterator[Exchange]:
    """The commands of a console block (after `$ `) with their outputs.

    A command goes on in the next line after a backslash, and within open quotes.
    """
    lines = block.text.splitlines()
    at = 0
    while at < len(lines):
        assert lines[at].startswith("$ "), f"{block.page}:{block.line + at + 1}: a command begins with `$ `"
        command = [lines[at][2:]]
        at += 1
        while at < len(lines) and _is_open("\n".join(command)):
            command.append(lines[at])
            at += 1
        output: list[str] = []
        while at < len(lines) and not lines[at].startswith("$ "):
            output.append(lines[at])
            at += 1
        yield Exchange("\n".join(command), "\n".join(output).strip())


def _is_open(command: str) -> bool:
    return command.endswith("\\") or re.sub(r'"[^"]*"', "", re.sub(r"'[^']*'", "", command)).count("'") % 2 == 1
