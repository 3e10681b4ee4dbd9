"""What a report is made of, whatever it is written in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from spec.diagnosis import Severity


class Said(str):
    """Text that a client chose, shown letter by letter; in other text, what is between backticks is code."""

    __slots__ = ()


@dataclass(frozen=True)
class Heading:
    """Of a section."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """One or more sentences.

    Attributes:
        text: They.
        tone: How it looks: as text, as something to be noticed, or as a remark.
    """

    text: str
    tone: Literal["plain", "notice", "remark"] = "plain"


@dataclass(frozen=True)
class Facts:
    """Names and what they have."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """Rows of cells.

    Attributes:
        head: The columns' headings.
        rows: Each with as many cells.
        caption: What it shows; empty where the section says it.
        shades: Of each row's cells but the first, how dark it is, 0 to 1; empty where all are alike.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    shades: Sequence[Sequence[float]] = ()


@dataclass(frozen=True)
class Figure:
    """A picture.

    Attributes:
        title: What it shows.
        svg: As SVG.
        sketch: The same in lines of characters.
        caption: What else there is to know.
    """

    title: str
    svg: str
    sketch: Sequence[str]
    caption: str = ""


@dataclass(frozen=True)
class Code:
    """Lines that are shown as they are."""

    text: str


@dataclass(frozen=True)
class Card:
    """Something that is going wrong, with all that belongs to it; may hold others.

    Attributes:
        severity: How grave it is.
        title: What.
        blocks: The rest.
    """

    severity: Severity
    title: str
    blocks: Sequence["Block"] = field(default_factory=list["Block"])


Block: TypeAlias = Heading | Paragraph | Facts | Table | Figure | Code | Card


@dataclass(frozen=True)
class Document:
    """A whole report.

    Attributes:
        title: Of all of it.
        subtitle: Which job, in a line.
        blocks: The rest.
    """

    title: str
    subtitle: str
    blocks: Sequence[Block]
