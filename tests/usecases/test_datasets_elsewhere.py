"""Whoever needs a data set's facts asks `facts_of`: one that is not built in is checked, counted and drafted alike."""

import re
from pathlib import Path

import pytest

from services.errors import BodyFaulty
from services.jobs.drafts import draft
from services.networks import inspect
from spec.datasets.built_in import BUILT_IN, built_in_facts
from spec.datasets.facts import DatasetFacts
from spec.ids import new_id
from tests.api.specs import digits

ROOT = Path(__file__).resolve().parents[2]
UPLOAD = "ds_01jgz8q6v5x0r3w2m4n6p8s9tb"
FACTS = BUILT_IN["digits"].model_copy(update={"name": UPLOAD, "rows": 1000})
MAX_MEMORY_BYTES = 2**30


def facts_of(name: str) -> DatasetFacts | None:
    """All data sets of a project that has uploaded one."""
    return FACTS if name == UPLOAD else built_in_facts(name)


def test_a_job_on_an_upload_is_drafted() -> None:
    drafted = draft(digits(dataset=UPLOAD), facts_of=facts_of, max_memory_bytes=MAX_MEMORY_BYTES)
    new = drafted.new_job(new_id("job"), "default")
    assert (new.dataset, new.train_rows) == (UPLOAD, 800)
    assert draft(digits(), facts_of=facts_of, max_memory_bytes=MAX_MEMORY_BYTES).train_rows == 1437


def test_a_network_for_an_upload_is_inspected() -> None:
    body = {"network": digits()["network"], "dataset": UPLOAD}
    assert inspect(body, facts_of) == inspect({**body, "dataset": "digits"}, facts_of)


def test_what_is_offered_instead_is_what_there_is() -> None:
    with pytest.raises(BodyFaulty) as refused:
        draft(
            digits(dataset="digit"),
            facts_of=lambda name: None if name == "digits" else facts_of(name),
            max_memory_bytes=MAX_MEMORY_BYTES,
        )
    (fault,) = refused.value.faults
    assert fault.code == "unknown_dataset"
    assert "digits" not in fault.message


def test_nobody_but_who_knows_them_looks_for_built_in_data_sets_himself() -> None:
    """`spec.datasets.built_in` has them, and answers for them."""
    users = [
        str(path.relative_to(ROOT))
        for room in ("api", "services", "spec", "worker", "db", "storage", "broker", "launch")
        for path in sorted((ROOT / room).rglob("*.py"))
        if re.search(r"^(?!\"\"\").*\bBUILT_IN\b(?!`)", path.read_text(), re.MULTILINE)
    ]
    assert users == ["spec/datasets/built_in.py"]
