"""What the check accepts can be trained: arguments at the ends of their ranges, in the worker's own trainer process."""

import random
from collections.abc import Iterator

import pytest

from tests.spec.jobs import check
from tests.trainer.end_cases import Case, cases, job
from tests.trainer.ends import FAMILIES, Trainer, grouped, problems, size_of, trainer

SAMPLE = 48
"""Cases of a family; `make fuzz` tries all of them."""


@pytest.fixture(scope="module")
def one() -> Iterator[Trainer]:
    with trainer() as started:
        yield started


def sample(family: str) -> list[list[Case]]:
    """Some of a family's cases, the same ones every time; of those that stand alone fewer."""
    found = list(cases(family))
    if family == "metrics":
        found = list({case.label.partition("=")[0]: case for case in found if size_of(case) is not None}.values())
        return list(grouped(found))
    some = random.Random(family).sample(found, min(SAMPLE, len(found)))  # noqa: S311 (no secret)
    alone = [case for case in some if case.key is None]
    return list(grouped(case for case in some if case.key is not None or case in alone[: SAMPLE // 12]))


@pytest.mark.parametrize("family", FAMILIES)
def test_whatever_is_accepted_of_a_sample_runs(one: Trainer, family: str) -> None:
    groups = sample(family)
    assert groups
    assert [(case.label, problem) for group in groups for case, problem in problems(one, group)] == []


@pytest.mark.parametrize("count", [1, 3, 1_000_000])
def test_the_adjusted_score_is_refused_with_the_way(count: int) -> None:
    body = job(
        [{"type": "Dense", "units": 1}], "diabetes", loss="mse", metrics=[{"type": "R2Score", "num_regressors": count}]
    )
    (fault,) = check(body).faults
    assert fault.pointer == "/training/metrics/0/num_regressors"
    assert "from what is reported" in fault.message
