"""Text that may be anybody's, made harmless for HTML, for SVG and for Markdown."""

import html
import re

from api.reports.writing.blocks import Said

MOST_CHARACTERS = 2000
"""Of one text. What a client may say is shorter, but for messages that repeat much of it."""

# Control characters, which XML forbids; marks that turn the direction of what follows; halves of surrogate pairs.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile(r"[\r\n\t\x0b\x0c\x85\u2028\u2029]+")
_CODE = re.compile(r"`([^`]+)`")
# Of an underscore within a word nothing comes.
_MARKDOWN = re.compile(r"([\\`*\[\]>#|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
_LINK = re.compile(r"(:)(?=//)|(?<=www)(\.)|(@)", re.IGNORECASE)
_BEGINNING = re.compile(r"^(\s*\d*)([-+=.)])(?=\s|$|[-+=])")
_TICKS = re.compile("`+")


def printable(text: str, most: int = MOST_CHARACTERS) -> str:
    """The text on one line, without what cannot be seen, and cut where it is longer."""
    line = _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", _BREAKS.sub(" ", text[: most + 1]))
    return line if len(line) <= most else line[: most - 1] + "…"


def in_html(text: str) -> str:
    """For HTML and SVG, within an element or an attribute's double quotes."""
    return html.escape(printable(text))


def html_inline(text: str) -> str:
    """The same, what is between backticks as code unless a client wrote it all."""
    shown = in_html(text)
    return shown if isinstance(text, Said) else _CODE.sub(r"<code>\1</code>", shown)


def in_markdown(text: str) -> str:
    """For Markdown, also in a cell of a table."""
    return _begun(_escaped(printable(text).strip()))


def markdown_inline(text: str) -> str:
    """The same, what is between backticks as code unless a client wrote it all."""
    if isinstance(text, Said):
        return in_markdown(text)
    pieces = _CODE.split(printable(text).strip())
    # What is at odd places was between backticks; a cell of a table ends at a bar even there.
    bar = r"\|"
    shown = (
        "`" + piece.replace("|", bar) + "`" if place % 2 else _escaped(piece) for place, piece in enumerate(pieces)
    )
    return _begun("".join(shown))


def fenced(lines: str) -> str:
    """Lines as a block of code that nothing in them can end."""
    shown = "\n".join(printable(line) for line in lines.splitlines())
    longest = max((len(run) for run in _TICKS.findall(shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{shown}\n{fence}"


def _escaped(text: str) -> str:
    escaped = _LINK.sub(r"\\\g<0>", _MARKDOWN.sub(r"\\\1", text))
    # As in HTML, so that not even a reader that knows no backslashes finds an element.
    return escaped.replace("&", "&amp;").replace("<", "&lt;")


def _begun(line: str) -> str:
    """The line, which begins no list and no rule."""
    return _BEGINNING.sub(r"\1\\\2", line)
