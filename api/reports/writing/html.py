"""A report as one HTML file, which needs nothing else and runs nothing."""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence

from api.reports.writing.blocks import Block, Card, Code, Document, Facts, Figure, Heading, Paragraph, Table
from api.reports.writing.numbers import NOTHING
from api.reports.writing.style import STYLE
from api.reports.writing.text import html_inline, in_html

MEDIA_TYPE = "text/html"
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_OF_THE_FILE = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
POLICY = f"{_OF_THE_FILE}; frame-ancestors 'none'; sandbox"
"""Content-Security-Policy: the one style sheet, by its hash. The file itself says what a file can say of it."""
_SHADES = 5
_NUMBER = re.compile(rf"-?[\d,.]+(e[-+]\d+)?|NaN|-?Infinity|{NOTHING}", re.ASCII)


def written(document: Document) -> str:
    """The whole file."""
    title = in_html(document.title)
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_OF_THE_FILE}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>",
            f'<header><h1>{title}</h1>\n<p class="remark">{in_html(document.subtitle)}</p></header>',
            *_blocks(document.blocks),
            "</main>\n</body>\n</html>\n",
        ]
    )


def _blocks(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        yield _block(block)


def _block(block: Block) -> str:  # noqa: PLR0911 -- one for each kind of block
    match block:
        case Heading():
            return f"<h2>{in_html(block.text)}</h2>"
        case Paragraph():
            kind = "" if block.tone == "plain" else f' class="{block.tone}"'
            return f"<p{kind}>{html_inline(block.text)}</p>"
        case Facts():
            rows = "".join(f'<tr><th scope="row">{in_html(name)}</th>{_cell(value)}</tr>' for name, value in block.rows)
            return f'<table class="facts"><tbody>{rows}</tbody></table>'
        case Table():
            return _table(block)
        case Figure():
            caption = f"<p>{html_inline(block.caption)}</p>" if block.caption else ""
            return f"<figure><figcaption><h3>{in_html(block.title)}</h3>{caption}</figcaption>\n{block.svg}</figure>"
        case Code():
            lines = "\n".join(in_html(line) for line in block.text.splitlines())
            return f"<pre>{lines}</pre>"
        case Card():
            return _card(block)


def _card(card: Card) -> str:
    mark = f'<span class="mark">{card.severity}</span>'
    inner = "\n".join(_blocks(card.blocks))
    return f'<section class="card {card.severity}"><h3>{mark} {html_inline(card.title)}</h3>\n{inner}</section>'


def _table(table: Table) -> str:
    caption = f"<caption>{html_inline(table.caption)}</caption>" if table.caption else ""
    head = "".join(f'<th scope="col">{html_inline(name)}</th>' for name in table.head)
    rows = "".join(
        f'<tr><th scope="row">{html_inline(cells[0])}</th>' + "".join(_shaded(table, place, cells[1:])) + "</tr>\n"
        for place, cells in enumerate(table.rows)
    )
    kind = "matrix" if table.shades else "rows"
    return (
        f'<div class="wide"><table class="{kind}">{caption}<thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _shaded(table: Table, place: int, cells: Sequence[str]) -> Iterator[str]:
    for column, cell in enumerate(cells):
        shade = round(table.shades[place][column] * _SHADES) if table.shades else 0
        yield _cell(cell, f"s{shade}" if shade else "")


def _cell(text: str, kind: str = "") -> str:
    is_number = _NUMBER.fullmatch(text) is not None
    kinds = " ".join(name for name in (kind, "number" if is_number else "") if name)
    return f'<td class="{kinds}">{html_inline(text)}</td>' if kinds else f"<td>{html_inline(text)}</td>"
