"""Good job specs for tests to start from."""

import copy
from collections.abc import Iterable
from typing import Any

from api.jobs.examples import JOBS, NOTEBOOK_LAYERS
from spec.check import CheckedJob, check_job
from spec.datasets.built_in import BUILT_IN
from spec.language.faults import Advice, Fault
from tests.wording import faults_of_sentence

MEMORY_BYTES = 4 * 2**30

_TRAINING = JOBS["batch_normalization"]["value"]["training"]


def job(
    dataset: object = "fashion_mnist", layers: list[dict[str, Any]] | None = None, **training: object
) -> dict[str, Any]:
    """The notebook's job, with another data set, other layers or another training; ``...`` leaves a field out."""
    said = {**copy.deepcopy(_TRAINING), **training}
    return {
        "dataset": dataset,
        "network": {"layers": copy.deepcopy(NOTEBOOK_LAYERS) if layers is None else layers},
        "training": {name: value for name, value in said.items() if value is not ...},
    }


def check(body: object, *, memory_bytes: int = MEMORY_BYTES) -> CheckedJob:
    """The check of a job on the built-in data sets; whatever it says, it says in whole sentences."""
    checked = check_job(body, facts_of=BUILT_IN.get, max_memory_bytes=memory_bytes)
    assert_readable([*checked.faults, *checked.advice])
    return checked


def assert_readable(told: Iterable[Fault | Advice]) -> None:
    """Messages keep the rules of sentences, and ask once, at the end, whether a suggestion was meant."""
    for one in told:
        assert faults_of_sentence(one.message) == [], one.message
        suggestion = one.suggestion if isinstance(one, Fault) else None
        if suggestion is None:
            assert "id you mean" not in one.message, one.message
            continue
        rest = one.message.removesuffix(f' Did you mean "{suggestion}"?')
        assert rest != one.message, one.message
        assert f'"{suggestion}"' not in rest, one.message
        assert f"`{suggestion}`" not in rest, one.message
        assert faults_of_sentence(rest) == [], one.message
