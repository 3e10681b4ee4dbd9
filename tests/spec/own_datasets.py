"""Data sets of users, as their readers tell of them, and jobs on them."""

from collections.abc import Mapping
from typing import Any

from spec.check import CheckedJob, check_job
from spec.datasets.built_in import BUILT_IN
from spec.datasets.column_facts import ColumnFacts
from spec.datasets.facts import CalledOtherwise, DatasetFacts
from tests.spec.jobs import MEMORY_BYTES, assert_readable, job

ROWS = 100
TABLE, OTHER, ARRAYS, PICTURES, WORDS, MANY_TEXTS = (f"ds_{26 * letter}" for letter in "012345")


def column(name: str, type_: str, **told: object) -> ColumnFacts:
    """What is known of a column."""
    return ColumnFacts.of({"name": name, "member": name, "type": type_, **told})


def top(**counts: int) -> list[dict[str, object]]:
    """Values that most rows have."""
    return [{"value": value, "count": count} for value, count in counts.items()]


NOTE = column("note", "text")
COLUMNS = (
    column("age", "number", distinct=40, min=18.0, max=90.0),
    column("income", "number", distinct=90, min=0.0, max=1e6, missing=10),
    column("job", "category", distinct=3, top=top(clerk=50, cook=30, pilot=20), missing=2),
    column("city", "category", distinct=60),
    column("hired", "date", distinct=80),
    column("born", "date", distinct=80, missing=3),
    NOTE,
    column("member", "boolean", distinct=2, truth={"no": False, "yes": True}, top=top(yes=60, no=40)),
    column("loud", "boolean", distinct=2, truth={"0": False, "1": True}),
    column("ones", "number", distinct=1, min=1.0, max=1.0),
    column("exact", "number", min=0.0, max=1.0),
    column("signed", "number", distinct=5, min=-2.0, max=2.0),
    column("fold", "number", distinct=3, min=0.0, max=2.0, top=[{"value": float(n), "count": 30} for n in range(3)]),
    column("gone", "number", distinct=0, missing=ROWS),
    column("weight", "number", distinct=3, min=0.0, max=2.0),
    column("same", "category", distinct=1, top=top(x=100)),
    column("code", "category", distinct=ROWS),
    column("rare", "category", distinct=2, top=top(usual=97, rare=3)),
    column("kind", "category", distinct=3),
)
FACTS = DatasetFacts(name=TABLE, rows=ROWS, input_shape=(), target="number", scaling="standard", read=COLUMNS)
OWN: Mapping[str, DatasetFacts | CalledOtherwise] = {
    TABLE: FACTS,
    OTHER: FACTS.model_copy(
        update={
            "name": OTHER,
            "target_column": "kind",
            "read": tuple(
                one.model_copy(update={"type": "text"}) if one.name == "job" else one
                for one in COLUMNS
                if one.name != "age"
            ),
        }
    ),
    ARRAYS: FACTS.model_copy(
        update={
            "name": ARRAYS,
            "target_column": "y",
            "read": (
                column("x", "number", shape=(4, 4), dtype="uint8", min=0.0, max=255.0),
                column("flat", "number", shape=(3,), dtype="<f4", min=0.0, max=1.0),
                column("several", "number", shape=(2,), dtype="<f4", min=-1.0, max=5.0),
                column("y", "number", distinct=3, min=0.0, max=2.0, is_sorted=True),
            ),
        }
    ),
    PICTURES: FACTS.model_copy(
        update={
            "name": PICTURES,
            "target_column": "class",
            "read": (
                column(
                    "image",
                    "image",
                    sizes=[{"width": 6, "height": 4, "count": 60}, {"width": 8, "height": 8, "count": 40}],
                    mode_counts={"L": 100},
                ),
                column("class", "category", distinct=2),
            ),
        }
    ),
    WORDS: FACTS.model_copy(
        update={"name": WORDS, "target_column": "kind", "read": (column("kind", "category", distinct=3), NOTE)}
    ),
    MANY_TEXTS: FACTS.model_copy(
        update={
            "name": MANY_TEXTS,
            "target_column": "kind",
            "read": (COLUMNS[-1], *(column(f"note_{number}", "text") for number in range(1_000))),
        }
    ),
    "adults": CalledOtherwise(TABLE),
}
DENSE = [{"type": "Dense", "units": 3, "activation": "softmax"}]


def facts_of(name: str) -> DatasetFacts | CalledOtherwise | None:
    """All data sets of a project that has these."""
    return OWN.get(name) or BUILT_IN.get(name)


def own(dataset: object, layers: list[dict[str, Any]] | None = None, **training: object) -> CheckedJob:
    """The check of a job on one of these; whatever it says, it says in whole sentences."""
    said = {"validation_split": ..., "callbacks": ..., **training}
    checked = check_job(job(dataset, layers or DENSE, **said), facts_of=facts_of, max_memory_bytes=MEMORY_BYTES)
    assert_readable([*checked.faults, *checked.advice])
    return checked


def table(**said: object) -> dict[str, object]:
    """The table, with these features unless others are said."""
    features = {} if {"inputs", "features"} & said.keys() else {"features": ["age", "member"]}
    return {"name": TABLE, "target": "kind", **features, **said}
