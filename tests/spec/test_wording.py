"""All that the language says to people reads well: the sources of its messages, its tables and its descriptions."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from spec import left_out_network, left_out_training, losses, metrics, synonyms
from spec.activations import ACTIVATION_LAYERS
from spec.catalog import catalog
from spec.declared import Section
from spec.faults import Fault
from spec.networks import NetworkSpec
from spec.retired import Retired
from tests.spec.jobs import assert_readable
from tests.spec.test_sentences import SECTIONS
from tests.wording import faults_of_sentence

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "spec").rglob("*.py"))

MAKERS: Mapping[str, int] = {
    "fault_error": 1,
    "ShapeFault": 0,
    "Retired": 0,
    "superfluous": 0,
    "_only": 0,
    "_fault": 1,
    "_advice": 1,
    "several": 0,
}
"""What is called to make a message -> which argument says it."""
SENTENCE_NAMES = {"sentence", "message"}
"""Variables and arguments that hold whole messages."""
_PROSE = re.compile(r"(\S* ){3}\S")


def text_of(node: ast.AST) -> str | None:
    """A literal's text, with X in the place of each value that it is given; None of anything else.

    Where a value comes last, it is the one that must end as a sentence does: the tables have theirs looked at below.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "X" for part in node.values]
        return "".join(map(str, parts)) + ("" if isinstance(node.values[-1], ast.Constant) else ".")
    return None


def name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def whole_messages(tree: ast.AST) -> Iterator[ast.AST]:
    """Expressions that are a whole message each."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            place = MAKERS.get(name_of(node.func))
            yield from node.args[place : place + 1] if place is not None else ()
            yield from (keyword.value for keyword in node.keywords if keyword.arg in SENTENCE_NAMES)
        elif isinstance(node, ast.Assign) and name_of(node.targets[0]) in SENTENCE_NAMES:
            yield node.value
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            yield from node.exc.args[:1]


def docstrings(tree: ast.AST) -> set[int]:
    """Statements that are a string alone: docstrings, and what documents a constant."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def pieces(tree: ast.AST) -> set[int]:
    """Literals within an f-string, which are looked at together."""
    return {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}


def literals(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Every literal of a module that reads like prose: its line, its text, and whether it is a whole message."""
    tree = ast.parse(path.read_text())
    whole = {id(node) for node in whole_messages(tree)}
    passed_over = docstrings(tree) | pieces(tree)
    for node in ast.walk(tree):
        text = text_of(node)
        if text is not None and id(node) not in passed_over and (id(node) in whole or _PROSE.search(text)):
            yield getattr(node, "lineno", 0), text, id(node) in whole


def odd_phrases(text: str) -> list[str]:
    return [fault for fault in faults_of_sentence(text) if fault.startswith("has the odd phrase")]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_messages_in_the_sources_are_sentences(path: Path) -> None:
    for line, text, is_whole in literals(path):
        faults = faults_of_sentence(text) if is_whole else odd_phrases(text)
        assert faults == [], f"{path.name}:{line}: {text}"


def test_the_walk_meets_the_messages() -> None:
    found = [is_whole for path in SOURCES for _, _, is_whole in literals(path)]
    assert sum(found) > 150
    assert len(found) - sum(found) > 150


# --- tables ------------------------------------------------------------------------------------------------------


def tables() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Tables whose values are read by clients."""
    for module in (left_out_network, left_out_training, synonyms):
        for name, table in vars(module).items():
            if name.startswith("LEFT_OUT_") or name.endswith("_WAYS"):
                yield name, table
    yield "ACTIVATION_LAYERS", ACTIVATION_LAYERS
    yield "SPELLED_OUT", metrics.SPELLED_OUT
    yield "ONE_HOT_TWIN", losses.ONE_HOT_TWIN
    for kind in (*SECTIONS, NetworkSpec):
        yield f"{kind.__name__}.NOT_OFFERED", kind.NOT_OFFERED
        yield f"{kind.__name__}.EXPLAINED", kind.EXPLAINED


@pytest.mark.parametrize(("name", "table"), [pytest.param(name, table, id=name) for name, table in tables() if table])
def test_tables_hold_sentences(name: str, table: Mapping[str, str]) -> None:
    del name
    for key, text in table.items():
        assert faults_of_sentence(text) == [], (key, text)


RETIRED = [
    pytest.param(kind, name, retired, id=f"{kind.__name__}.{name}")
    for kind in (*SECTIONS, NetworkSpec)
    for name, retired in kind.RETIRED.items()
]


def test_old_names_are_told_in_sentences_and_their_field_is_there() -> None:
    assert len(RETIRED) > 500
    for param in RETIRED:
        kind, name, retired = param.values
        assert isinstance(retired, Retired)
        fault = Fault(pointer="", message=retired.sentence(name), code="retired_field", suggestion=retired.field)
        assert_readable([fault])
        assert retired.field is None or retired.field in fields_of(kind), (kind, name)
        assert name not in fields_of(kind), (kind, name)


def fields_of(kind: type[Section]) -> set[str]:
    return {field.alias or name for name, field in kind.model_fields.items()}


def descriptions(value: object) -> Iterator[str]:
    """Every text of the catalog that describes something, and every reason in it."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name == "description":
                yield member
            elif name.startswith("left_out") or name.endswith(("_arguments", "_methods")):
                yield from member.values()
            else:
                yield from descriptions(member)
    elif isinstance(value, list):
        for member in value:
            yield from descriptions(member)


def test_the_catalog_reads_well() -> None:
    told = list(descriptions(catalog()))
    assert len(told) > 300
    for text in told:
        assert faults_of_sentence(text) == [], text
        assert "``" not in text


def schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in (*SECTIONS, NetworkSpec):
        if kind.__module__.startswith("spec."):
            for name, schema in {kind.__name__: kind.model_json_schema()}.items():
                yield name, schema
                yield from schema.get("$defs", {}).items()


def test_descriptions_of_the_language_stand_at_their_fields() -> None:
    seen = dict(schemas())
    assert len(seen) > 150
    described = 0
    for name, schema in seen.items():
        texts = [schema["description"]] if "description" in schema else []
        texts += [one["description"] for one in schema.get("properties", {}).values() if "description" in one]
        described += len(texts)
        for text in texts:
            assert faults_of_sentence(text.partition("\n")[0]) == [], (name, text)
            assert not re.search(r"``|^(Class a|A)ttributes:", text, re.MULTILINE), (name, text)
    assert described > 500
    declared = seen["TrainingSpec"]["properties"]
    assert all("description" in field for field in declared.values())
