"""What the check accepts can be computed: arguments of metrics at the ends of their ranges, compiled as a step is."""

from collections.abc import Iterator

import pytest

from tests.spec.jobs import check
from tests.trainer.ends import Case, cases, is_accepted, job, problem_of

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword"),
    pytest.mark.filterwarnings("ignore:overflow encountered in cast"),
]


def sample() -> Iterator[Case]:
    """The greatest number that each argument of a metric may be; `python -m tests.trainer.ends` tries all values."""
    last: dict[str, Case] = {}
    for case in cases("metrics"):
        name, _, value = case.label.partition("=")
        if value[:1].isdigit() and is_accepted(case) is not None:
            last[name] = case
    assert len(last) > 20
    yield from last.values()


def test_every_argument_of_a_metric_can_be_computed_or_is_refused() -> None:
    problems = {case.label: problem for case in sample() if (problem := problem_of(case)) is not None}
    assert problems == {}


@pytest.mark.parametrize("count", [1, 3, 1_000_000])
def test_the_adjusted_score_is_refused_with_the_way(count: int) -> None:
    body = job(
        [{"type": "Dense", "units": 1}], "diabetes", loss="mse", metrics=[{"type": "R2Score", "num_regressors": count}]
    )
    (fault,) = check(body).faults
    assert fault.pointer == "/training/metrics/0/num_regressors"
    assert "from what is reported" in fault.message
