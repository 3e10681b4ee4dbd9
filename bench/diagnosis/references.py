"""How good it could be: what simple models reach on the rows of each data set, for lines that have no reference yet.

A reference depends on the rows and on nothing that was trained, so it can be added to what was kept.
"""

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bench import programs
from bench.diagnosis.lines import FOLDER, Line
from bench.diagnosis.runs import Asked

_NAME = "references.json"


def key_of(data: str, spec: Mapping[str, Any]) -> str:
    """By which a reference is kept: the data set, and which of its rows validate."""
    return f"{data} {spec['training'].get('validation_split', 0)}"


def kept_references(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """All of them."""
    path = folder / _NAME
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def keep_references(jobs: Iterable[Asked], folder: Path = FOLDER) -> int:
    """Find those that are missing; of targets that are labels, and without validation rows, there is none.

    Returns:
        How many were found.
    """
    there = kept_references(folder)
    missing = {
        key_of(job.data, job.spec): job for job in jobs if _is_wanted(job) and key_of(job.data, job.spec) not in there
    }
    if not missing:
        return 0
    with tempfile.TemporaryDirectory() as place:
        asked = [_asked(key, job, Path(place, f"{number}.npz")) for number, (key, job) in enumerate(missing.items())]
        found: dict[str, dict[str, Any]] = programs.run("bench.peers.reference_models", told=json.dumps(asked))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _NAME).write_text(json.dumps(there | found, indent=1), encoding="utf-8")
    return len(found)


def _is_wanted(job: Asked) -> bool:
    has_labels = job.rows is not None and job.rows.target == "labels"
    return not has_labels and bool(job.spec["training"].get("validation_split"))


def _asked(key: str, job: Asked, path: Path) -> dict[str, Any]:
    target = ("number" if job.data == "diabetes" else "classes") if job.rows is None else job.rows.target
    if job.rows is not None:
        path.write_bytes(job.rows.npz())
    return {
        "key": key,
        "path": None if job.rows is None else str(path),
        "name": job.data,
        "target": target,
        "validation": job.spec["training"]["validation_split"],
    }


def with_references(lines: Iterable[Line], folder: Path = FOLDER) -> list[Line]:
    """The same lines; those without a reference have the one that is kept."""
    known = kept_references(folder)
    return [
        line
        if line.told.get("reference")
        else Line({**line.told, "reference": known.get(key_of(line.data, line.told["spec"]))})
        for line in lines
    ]
