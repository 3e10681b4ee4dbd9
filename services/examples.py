"""Ready networks: job specs that work as they are, and what each of them reached.

The specs are files of their own, so that they can be sent as they lie there. What is told about them is in one file
beside them, and its figures come from ``python -m bench examples``, which trains them all.
"""

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from spec.check import check_job
from spec.datasets.built_in import built_in_facts

FOLDER = Path(__file__).resolve().parents[1] / "examples"
"""Beside the packages: in the repository, and in the image of the API."""

TOLD = FOLDER / "index.json"
"""What is told about the specs, in the order in which they are listed."""


class ToldExample(BaseModel):
    """What is told about a spec.

    Attributes:
        name: Of its file.
        purpose: What it shows, and when to begin with it.
        metric: What the score is of, as results name it.
        score: Of the stored weights, on rows that were not trained on; None until it is measured, as are the others.
        epochs: How many were trained.
        training_seconds: What all epochs took together, with the validation after each.
        measured_on: The machine that these figures are of, in a sentence.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    purpose: str
    metric: str
    score: float | None = None
    epochs: int | None = None
    training_seconds: float | None = None
    measured_on: str | None = None


_TOLD: TypeAdapter[tuple[ToldExample, ...]] = TypeAdapter(tuple[ToldExample, ...])


def told_examples() -> tuple[ToldExample, ...]:
    """What is told about all specs, read anew, in the order of the listing."""
    return _TOLD.validate_json(TOLD.read_bytes())


def write_told(told: tuple[ToldExample, ...]) -> None:
    """Put this in the place of all that was told about the specs."""
    TOLD.write_bytes(_TOLD.dump_json(told, indent=2) + b"\n")


def spec_of(name: str) -> dict[str, Any]:
    """The job spec of this name, read anew."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


@cache
def examples() -> tuple[dict[str, Any], ...]:
    """Each with all that is told about it and its spec, ready for JSON; not to be changed by who reads it."""
    return tuple(_listed(one, spec_of(one.name)) for one in told_examples())


def _listed(told: ToldExample, spec: dict[str, Any]) -> dict[str, Any]:
    checked = check_job(spec, facts_of=built_in_facts, max_memory_bytes=sys.maxsize)
    parameters = None if checked.summary is None else checked.summary.total_parameters
    return {"object": "example", **told.model_dump(), "parameters": parameters, "spec": spec}
