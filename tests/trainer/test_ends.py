"""What the check accepts can be trained: arguments at the ends of their ranges, in the worker's own trainer process."""

import random
from collections.abc import Iterator
from itertools import islice

import pytest

from tests.spec.jobs import check
from tests.trainer.end_cases import Case, cases, job
from tests.trainer.ends import FAMILIES, Trainer, grouped, problems, size_of, trainer

TOGETHER, ALONE = 8, 1
"""How many cases of a family are tried in one job, and how many in jobs of their own; `make fuzz` tries all."""


@pytest.fixture(scope="module")
def one() -> Iterator[Trainer]:
    with trainer() as started:
        yield started


def sample(family: str) -> list[list[Case]]:
    """Some of a family's accepted cases, the same ones every time."""
    draw = random.Random(family)  # noqa: S311 (no secret)
    by_key: dict[str | None, list[Case]] = {}
    for case in cases(family):
        by_key.setdefault(case.key, []).append(case)
    alone = by_key.pop(None, [])
    together = max(by_key.values(), key=len, default=[])
    others = [*alone, *(case for some in by_key.values() if some is not together for case in some)]
    groups = list(grouped(_drawn(draw, together, TOGETHER)))
    return [*groups, *([case] for case in _drawn(draw, others, ALONE))]


def _drawn(draw: random.Random, some: list[Case], count: int) -> list[Case]:
    shuffled = draw.sample(some, len(some))
    return list(islice((case for case in shuffled if size_of(case) is not None), count))


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
