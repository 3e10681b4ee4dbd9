"""What a module says to people: the literals in its source that are messages, and all others that read like prose."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.wording import faults_of_sentence

SENTENCE_NAMES = {"sentence", "message"}
"""Variables and arguments that hold whole messages."""
_FORMAT = re.compile(r"%[sd]")
_PROSE = re.compile(r"(\S* ){3}\S")


class Literal(NamedTuple):
    """A literal: its line, its text, and whether it is a whole message."""

    line: int
    text: str
    is_whole: bool

    def faults(self) -> list[str]:
        """What is wrong with it; of a piece of a message, only its phrases are looked at."""
        found = faults_of_sentence(self.text)
        return found if self.is_whole else [fault for fault in found if fault.startswith("has the odd phrase")]


def text_of(node: ast.AST) -> str | None:
    """A literal's text, with X in the place of each value that it is given; None of anything else.

    Where a value comes last, it is the one that must end as a sentence does: the tables have theirs looked at below.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _FORMAT.sub("X", node.value) + ("." if node.value.endswith("%s") else "")
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "X" for part in node.values]
        return "".join(map(str, parts)) + ("" if isinstance(node.values[-1], ast.Constant) else ".")
    return None


def name_of(node: ast.expr) -> str:
    """The name itself, or what is taken by a dot; of anything else none."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def whole_messages(tree: ast.AST, makers: Mapping[str, int]) -> Iterator[ast.AST]:
    """Expressions that are a whole message each."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            place = makers.get(name_of(node.func))
            yield from node.args[place : place + 1] if place is not None else ()
            yield from (keyword.value for keyword in node.keywords if keyword.arg in SENTENCE_NAMES)
        elif isinstance(node, ast.Assign) and name_of(node.targets[0]) in SENTENCE_NAMES:
            yield node.value
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            yield from () if node.exc.func.id in makers else node.exc.args[:1]


def docstrings(tree: ast.AST) -> set[int]:
    """Statements that are a string alone: docstrings, and what documents a constant."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def pieces(tree: ast.AST) -> set[int]:
    """Literals within an f-string, which are looked at together."""
    return {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}


def literals(path: Path, makers: Mapping[str, int]) -> Iterator[Literal]:
    """Every literal of a module that is a message, or a piece of one.

    Args:
        path: Of the module.
        makers: What is called to make a message -> which of its arguments says it.
    """
    tree = ast.parse(path.read_text())
    whole = {id(node) for node in whole_messages(tree, makers)}
    passed_over = docstrings(tree) | pieces(tree)
    for node in ast.walk(tree):
        text = text_of(node)
        if text is not None and id(node) not in passed_over and (id(node) in whole or _PROSE.search(text)):
            yield Literal(getattr(node, "lineno", 0), text, id(node) in whole)
