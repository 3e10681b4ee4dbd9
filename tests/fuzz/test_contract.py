"""Every call alone: right requests and wrong ones, generated from the document."""

import pytest
from hypothesis import given
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.schemas import BaseSchema

from api.app import routed
from tests.fuzz.contract import Examiner
from tests.fuzz.rounds import Rounds, run, tried
from tests.fuzz.tenants import LeakWatch, Tenant

SERVICE = "api"
PATHS = routed().openapi()["paths"]
CALLS = {f"{method.upper()} {path}": call for path, calls in PATHS.items() for method, call in calls.items()}
BODIES = sum("requestBody" in call for call in CALLS.values())
"""Calls that take one have most of the ways to be asked, and most of the time of a long run."""

EXAMPLES = 5
COVERING = 40
"""Of the requests that try every keyword of a schema: a job spec alone has thousands."""


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
@pytest.mark.parametrize("label", CALLS)
def test_every_answer_is_as_the_document_says(
    document: BaseSchema, examiner: Examiner, rounds: Rounds, label: str, mode: GenerationMode
) -> None:
    (operation,) = (one.ok() for one in document.get_all_operations() if one.ok().label == label)
    # In each of the two modes half of it is for the requests that cover the schema, and half for drawn ones.
    share = (0.4 / BODIES if operation.body else 0.1 / (len(CALLS) - BODIES)) / 4
    covering = document.iter_coverage_cases(
        operation, generation_modes=[mode], generation_config=document.config.generation
    )
    answered = 0
    for number, case in enumerate(rounds.bounded(covering, share, fewest=COVERING)):
        examiner.ask(case, examiner.tenants[number % len(examiner.tenants)])
        answered += 1

    @tried(EXAMPLES)
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        nonlocal answered
        answered += 1
        for tenant in examiner.tenants:
            examiner.ask(case, tenant)

    for seed in rounds.seeds(share):
        try:
            run(seed, ask)
        except Unsatisfiable:
            # A call that takes nothing can be asked in no wrong way but by its method, as was done above.
            assert answered
            break


def test_a_leak_is_noticed() -> None:
    one, other = Tenant("one"), Tenant("other")
    watch = LeakWatch([one, other])
    job_id = "job_" + "0" * 26
    watch.check(one, asked="/v1/jobs", told=f'{{"id":"{job_id}","name":"{one.marker}"}}')
    watch.check(other, asked=f"/v1/jobs/{job_id}", told=f"there is no job {job_id}")
    assert watch.owner_of(f"/v1/jobs/{job_id}") is one
    with pytest.raises(AssertionError, match=f"other was told {job_id} of one"):
        watch.check(other, asked="/v1/jobs", told=job_id)
    with pytest.raises(AssertionError, match="other was told marker-of-one"):
        watch.check(other, asked="/v1/jobs", told=one.marker)
