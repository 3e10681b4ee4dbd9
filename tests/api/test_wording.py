"""What people read is in ordinary English: the OpenAPI document, and the sentences that the sources hold.

Problem documents are read along in every test, by `tests.problem_wording`.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from api.answers import problems
from api.app import routed
from tests.literals import name_of, text_of
from tests.problem_wording import faults_of_problem, faults_of_title
from tests.wording import faults_of_sentence

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("api", "background", "broker", "db", "install", "launch", "services", "storage")
KINDS = (*problems.KINDS.values(), *problems.FRAMEWORK.values(), *problems.PROTOCOL, problems.INTERNAL)
DOCUMENT: dict[str, Any] = routed().openapi()
_EXAMPLES = frozenset({"example", "examples", "default", "const", "enum"})
_ITEM = re.compile(r"\s*- ")
_NAMES_OF_SENTENCES = frozenset({"detail", "message"})


def test_the_listener_hears_what_is_wrong() -> None:
    sound = {"title": "Invalid request body", "detail": "The request body has 1 error."}
    error = {"message": '"Dence" is not a known layer. Did you mean "Dense"?', "suggestion": "Dense"}
    assert faults_of_problem(sound) == []
    assert faults_of_problem({**sound, "errors": [error, {"message": '"a  is no b" is not known.'}]}) == []
    for wrong in (
        {**sound, "title": "invalid body"},
        {**sound, "title": "Invalid body."},
        {**sound, "detail": "the body has 1 fault"},
        {**sound, "errors": [{"message": "`Dence` is no layer."}]},
        {**sound, "errors": [{**error, "message": '"Dence" is not a known layer.'}]},
        {**sound, "errors": [{**error, "message": 'Did you mean "Dense"? Did you mean "Dense"?'}]},
    ):
        assert len(faults_of_problem(wrong)) >= 1, wrong


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_titles_of_problems(kind: problems.Kind) -> None:
    assert faults_of_title(kind.title) == []


def _texts(piece: object, way: str = "") -> Iterator[tuple[str, str, str]]:
    """Way, name and text of every summary and description that is not of a value."""
    if isinstance(piece, dict):
        for name, part in cast("dict[str, object]", piece).items():
            if name in {"summary", "description"} and isinstance(part, str):
                yield way, name, part
            elif name not in _EXAMPLES:
                yield from _texts(part, f"{way}/{name}")
            elif name == "examples" and isinstance(part, dict):
                for example in cast("dict[str, dict[str, object]]", part).values():
                    yield f"{way}/examples", "summary", str(example["summary"])
    elif isinstance(piece, list):
        for part in cast("list[object]", piece):
            yield from _texts(part, way)


def _paragraphs(text: str) -> Iterator[str]:
    """Paragraphs in one line each; the items of a list are no sentences."""
    for paragraph in text.strip().split("\n\n"):
        if not _ITEM.match(paragraph):
            yield " ".join(line.strip() for line in paragraph.splitlines())


def test_the_openapi_document() -> None:
    faulty: list[str] = []
    texts = list(_texts(DOCUMENT))
    for way, name, text in texts:
        # The service in one sentence, and the names of calls and examples.
        if name == "summary" and way != "/info":
            found = faults_of_title(text)
        else:
            found = [fault for paragraph in _paragraphs(text) for fault in faults_of_sentence(paragraph)]
        faulty += [f"{way}: {text!r} {fault}" for fault in found]
    assert faulty == []
    assert len(texts) > 1_000


def test_what_is_said_of_a_field_stands_with_the_field() -> None:
    assert [way for way, _, text in _texts(DOCUMENT) if "Attributes:" in text] == []
    schemas = DOCUMENT["components"]["schemas"]
    for name in ("JobSpec", "TrainingSpec", "ResourcesSpec", "NetworkSummary", "LayerSummary"):
        undescribed = [field for field, schema in schemas[name]["properties"].items() if "description" not in schema]
        assert undescribed == [], name


@cache
def _sources() -> list[tuple[Path, ast.Module]]:
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def _errors() -> set[str]:
    """The names of all classes of errors that these rooms define; those of argparse are told to people too."""
    bases = {
        node.name: {name_of(base) for base in node.bases}
        for _, module in _sources()
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef)
    }
    found = {"Exception"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found - {"Exception"} | {"ArgumentTypeError"}


def _is_of_the_class_above(function: ast.expr) -> bool:
    """Whether it is ``super().__init__``."""
    above = function.value if isinstance(function, ast.Attribute) and function.attr == "__init__" else None
    return isinstance(above, ast.Call) and name_of(above.func) == "super"


def _said(node: ast.AST, errors: set[str]) -> Iterator[str]:
    """The literal sentences that an expression or an assignment gives to whoever reads them."""
    found: list[ast.expr] = []
    if isinstance(node, ast.Call):
        is_error = name_of(node.func) in errors or _is_of_the_class_above(node.func)
        found += [part for part in node.args if is_error and " " in (text_of(part) or "")]
        found += [word.value for word in node.keywords if word.arg in _NAMES_OF_SENTENCES]
    elif isinstance(node, ast.Assign):
        found += [node.value for target in node.targets if name_of(target) in _NAMES_OF_SENTENCES]
    yield from (text for text in map(text_of, found) if text)


def test_sentences_in_the_sources() -> None:
    errors = _errors()
    said = [
        (f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", text)
        for path, module in _sources()
        for node in ast.walk(module)
        for text in _said(node, errors)
    ]
    faulty = [f"{where}: {text!r} {fault}" for where, text in said for fault in faults_of_sentence(text)]
    assert faulty == []
    assert len(said) > 80
