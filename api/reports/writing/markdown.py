"""A report as Markdown: CommonMark with the tables of GitHub's."""

from collections.abc import Iterator, Sequence

from api.reports.writing.blocks import Block, Card, Code, Document, Facts, Figure, Heading, Paragraph, Table
from api.reports.writing.text import fenced, in_markdown, markdown_inline

MEDIA_TYPE = "text/markdown"
_DEEPEST = 6


def written(document: Document) -> str:
    """The whole file."""
    head = [f"# {in_markdown(document.title)}", in_markdown(document.subtitle)]
    return "\n\n".join([*head, *_blocks(document.blocks, 2)]) + "\n"


def _blocks(blocks: Sequence[Block], level: int) -> Iterator[str]:
    for block in blocks:
        yield from _block(block, level)


def _block(block: Block, level: int) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{_hashes(level)} {in_markdown(block.text)}"
        case Paragraph():
            text = markdown_inline(block.text)
            yield f"> {text}" if block.tone == "notice" else text
        case Facts():
            yield _table(("", ""), block.rows)
        case Table():
            if block.caption:
                yield markdown_inline(block.caption)
            yield _table(block.head, block.rows)
        case Figure():
            yield f"{_hashes(level + 1)} {in_markdown(block.title)}"
            if block.caption:
                yield markdown_inline(block.caption)
            yield fenced("\n".join(block.sketch))
        case Code():
            yield fenced(block.text)
        case Card():
            yield f"{_hashes(level + 1)} {block.severity.capitalize()}: {markdown_inline(block.title)}"
            yield from _blocks(block.blocks, level + 1)


def _hashes(level: int) -> str:
    return "#" * min(level, _DEEPEST)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [_row(head), "|" + "---|" * len(head), *map(_row, rows)]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(markdown_inline(cell) for cell in cells) + " |"
