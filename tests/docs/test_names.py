"""Every module, class and function that a docstring, a comment or a page names by its dotted name is there."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (*tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"], "tests")
DOTTED = re.compile(rf"(?<![\w./@-])(?:{'|'.join(ROOMS)})(?:\.[A-Za-z_]\w*)+(?![\w/]|\.\w|-\w)")
FILES = frozenset({"md", "py", "json", "txt", "lock", "log", "sock", "conf", "db", "yml", "toml"})
"""Ends of names of files, such as ``api.md``."""
PYDANTICS = frozenset({"get_secret_value", "model_dump"})
BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def pages() -> list[Path]:
    code = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *code]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def prose(path: Path) -> str:
    """What people read in it: all of a page; of a module its docstrings and comments.

    What the recipes' blocks name is made by the recipes: `tests.recipes` follows them.
    """
    text = path.read_text(encoding="utf-8")
    if path.name == "CONTRIBUTING.md":
        return BLOCK.sub("", text)
    if path.suffix == ".md":
        return text
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = [ast.get_docstring(node) or "" for node in ast.walk(parsed(path)) if isinstance(node, kinds)]
    attributes = [
        node.value.value
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]
    return "\n".join([*docstrings, *attributes, *re.findall(r"# (.*)", text)])


@cache
def module(name: str) -> ast.Module | None:
    path = ROOT.joinpath(*name.split("."))
    for found in (path.with_suffix(".py"), path / "__init__.py"):
        if found.is_file():
            return parsed(found)
    return ast.Module([], []) if path.is_dir() and any(path.glob("*.py")) else None


def members(node: ast.AST) -> dict[str, ast.AST]:
    """What a module or a class defines, or imports."""
    found: dict[str, ast.AST] = {}
    for part in ast.walk(node):
        if isinstance(part, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.setdefault(part.name, part)
        elif isinstance(part, ast.alias):
            found.setdefault(part.asname or part.name, part)
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            found.setdefault(part.id, part)
        elif isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
            found.setdefault(part.attr, part)
    return found


def is_there(name: str) -> bool:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        found: ast.AST | None = module(".".join(parts[:length]))
        if found is None:
            continue
        for part in parts[length:]:
            found = members(found).get(part)
            if found is None:
                return False
        return True
    return False


def test_every_function_that_the_architecture_calls_is_there() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    called = {name.rpartition(".")[2] for name in re.findall(r"`\.?([A-Za-z_][\w.]*)\(", page)}
    code = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    defined = PYDANTICS.union(*(members(parsed(path)) for path in code))
    assert len(called) > 50
    assert sorted(called - defined) == []


def test_every_dotted_name_is_there() -> None:
    named = {
        (name, str(path.relative_to(ROOT)))
        for path in pages()
        for name in DOTTED.findall(prose(path))
        if name.rpartition(".")[2] not in FILES
    }
    assert len({name for name, _ in named}) > 100
    assert sorted(one for one in named if not is_there(one[0])) == []
