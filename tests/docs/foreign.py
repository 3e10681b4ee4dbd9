"""What the sources take from other libraries: modules by import, and names that begin with an underscore.

Read from the sources' syntax. Which names a class inherits, and so which of its own it overrides, only the library
knows: for that its modules are imported.
"""

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = ("peers", "pictures")
"""Folders of `bench` that are written as users of other libraries write."""
_DOTTED = re.compile(r"(?P<module>[a-z_]\w*(?:\.[a-z_]\w*)+)(?:[.:][A-Z]\w*)*")
_BY_NAME = {"getattr", "setattr", "hasattr", "delattr"}


@dataclass(frozen=True)
class Use:
    """One thing that one room takes from another library.

    Attributes:
        room: The folder: the trainer's is a room of its own.
        name: A module, or a name that begins with an underscore.
        place: Where it is first, for people.
    """

    room: str
    name: str
    place: str = field(compare=False)


def rooms() -> list[str]:
    """The top-level packages."""
    return sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests")


@cache
def uses() -> frozenset[Use]:
    """All of them."""
    ours = {*rooms(), "tests", *sys.stdlib_module_names}
    trees = {path: ast.parse(path.read_text()) for path in _files()}
    defined = {name for tree in trees.values() for name in _defined(tree)}
    found: set[Use] = set()
    for path, tree in trees.items():
        imported = {name: module for module, name in _imported(tree, ours)}
        names = [(module, 0) for module in _modules(tree, ours)]
        names += [(name, line) for name, line in _touched(tree) if name not in defined]
        names += list(_named(tree, {module.split(".")[0] for module in _modules(tree, ours)}))
        names += [
            pair for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for pair in _inherited(node, imported)
        ]
        room = room_of(path)
        found |= {Use(room, name, f"{path.relative_to(ROOT)}:{line}") for name, line in names}
    return frozenset(found)


def room_of(path: Path) -> str:
    """The room that a file belongs to."""
    parts = path.relative_to(ROOT).parts
    return "worker/trainer" if parts[:2] == ("worker", "trainer") else parts[0]


def text_of(room: str) -> str:
    """All sources of a room."""
    return "\n".join(path.read_text() for path in _files() if room_of(path) == room)


@cache
def _files() -> list[Path]:
    return [
        path for room in rooms() for path in sorted((ROOT / room).rglob("*.py")) if not set(NOT_OURS) & set(path.parts)
    ]


def _modules(tree: ast.Module, ours: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name.split(".")[0] not in ours)
    yield from (module for module, _ in _imported(tree, ours))


def _imported(tree: ast.Module, ours: set[str]) -> Iterator[tuple[str, str]]:
    """Module and name of each ``from module import name``."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), names=names, level=0) if module.split(".")[0] not in ours:
                yield from ((module, one.name) for one in names)


def _named(tree: ast.Module, libraries: set[str]) -> Iterator[tuple[str, int]]:
    """Modules that are named in a text of their own, such as a logger's or a step's of Celery."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = _DOTTED.fullmatch(node.value)
            if found is not None and found["module"].split(".")[0] in libraries:
                yield found["module"], node.lineno


def _touched(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names with an underscore before them that are taken from something, by a dot or as text."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) if _is_private(name):
                yield name, node.lineno
            case ast.Call(func=ast.Name(id=act), args=[_, ast.Constant(value=str(name)), *_]) if act in _BY_NAME:
                if _is_private(name):
                    yield name, node.lineno
            case ast.ImportFrom(module=str(module), names=names, level=0):
                taken = [*module.split("."), *(one.name for one in names)]
                yield from ((name, node.lineno) for name in taken if _is_private(name))


def _defined(tree: ast.Module) -> Iterator[str]:
    """Names that the sources give to something of their own."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Attribute(attr=name, value=ast.Name(id="self" | "cls"), ctx=ast.Store()):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name


def _inherited(node: ast.ClassDef, imported: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Names of a class, with an underscore before them, that the library's class it is made from has as well."""
    bases = [base.id for base in node.bases if isinstance(base, ast.Name) and base.id in imported]
    known = {name for base in bases for name in _names_within(imported[base], base)}
    for part in ast.walk(node):
        match part:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name in known:
                yield name, part.lineno
            case ast.Attribute(attr=name, value=ast.Name(id="self") | ast.Call(func=ast.Name(id="super"))):
                if name in known:
                    yield name, part.lineno


@cache
def _names_within(module: str, name: str) -> frozenset[str]:
    """Names with an underscore before them in the sources of a class and of those it is made from."""
    kind = getattr(importlib.import_module(module), name)
    if not inspect.isclass(kind):
        return frozenset()
    texts = [inspect.getsource(one) for one in kind.__mro__ if not _is_builtin(one)]
    return frozenset(found for text in texts for found in re.findall(r"\b_[a-z]\w*\b", text))


def _is_builtin(kind: type) -> bool:
    return kind.__module__.split(".")[0] in sys.stdlib_module_names


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")
