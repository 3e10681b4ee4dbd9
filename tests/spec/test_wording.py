"""All that the language says to people reads well: the sources of its messages, its tables and its descriptions."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from spec import metrics
from spec.catalog import catalog
from spec.language import synonyms
from spec.language.declared import Section
from spec.language.faults import Fault
from spec.language.retired import Retired
from spec.networks import left_out as left_out_network
from spec.networks.activations import ACTIVATION_LAYERS
from spec.networks.networks import NetworkSpec
from spec.training import left_out as left_out_training
from spec.training import losses
from tests.literals import literals
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
    "fault_at": 1,
    "_fault_of": 3,
    "_Refused": 2,
    "_advice": 1,
    "several": 0,
}
"""What is called to make a message -> which argument says it."""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_messages_in_the_sources_are_sentences(path: Path) -> None:
    for literal in literals(path, MAKERS):
        assert literal.faults() == [], f"{path.name}:{literal.line}: {literal.text}"


def test_the_walk_meets_the_messages() -> None:
    found = [literal.is_whole for path in SOURCES for literal in literals(path, MAKERS)]
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
