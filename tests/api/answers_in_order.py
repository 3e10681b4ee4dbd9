"""Prints what faulty bodies are answered with, in the order told; the hash of a text is another in each process."""

import json
import sys
from pathlib import Path
from typing import Any

from api.openapi.snapshot import snapshot
from services.errors import BodyFaulty
from services.jobs import drafts
from services.jobs.changes import read_changes
from spec.catalog import catalog
from spec.datasets.built_in import built_in_facts
from spec.patches.operations import PatchFaulty, read_patch

CORPUS = Path(__file__).resolve().parents[1] / "corpus" / "bad_jobs.json"
MALFORMED = [{"op": op, "path": "a", "from": "b", "other": 1, "another": 2} for op in ("move", "copy", "add", "test")]
CHANGES = {"name": 1, "metadata": {"a": 1, "b": 2, "": "c"}, "status": 1, "training": 1, "nam": 1, "tags": 1}


def faults(read: Any, *said: Any, **more: Any) -> list[Any]:  # noqa: ANN401 -- of any kind
    try:
        read(*said, **more)
    except (BodyFaulty, PatchFaulty) as error:
        return [fault.model_dump() for fault in error.faults]
    raise AssertionError(f"nothing is wrong with {said}")


answers: list[Any] = [faults(read_patch, MALFORMED), faults(read_changes, CHANGES)]
for case in json.loads(CORPUS.read_text(encoding="utf-8")):
    try:
        spec = case.get("spec", case.get("body", case))
        answers.append(faults(drafts.draft, spec, facts_of=built_in_facts, max_memory_bytes=2**32))
    except AssertionError:
        answers.append("sound")
answers += [catalog(), snapshot()]
sys.stdout.write(json.dumps(answers))
