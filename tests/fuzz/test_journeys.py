"""Calls in a row: jobs are made, read, listened to, paused, resumed, cancelled, and train meanwhile."""

from collections import Counter
from collections.abc import Mapping
from functools import partial

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.schemas import BaseSchema

from tests.fuzz.contract import Examiner
from tests.fuzz.rounds import Rounds, run, tried
from tests.fuzz.streams import ACCEPT, read_stream
from tests.fuzz.tenants import Tenant
from tests.fuzz.walks import EVENTS, Walk, ended_key, ended_spec
from tests.services.jobs import wait

SERVICE = "whole_service"
RIGHT_SCENARIOS, WRONG_SCENARIOS = 16, 4
REACHED = {
    ("POST", "", 201),
    ("GET", "/{job_id}", 200),
    ("GET", "/{job_id}/results", 200),
    ("GET", "/{job_id}/metrics", 200),
    ("GET", "/{job_id}/events", 200),
    ("GET", "/{job_id}/artifacts", 200),
    ("GET", "/{job_id}/artifacts/{name}", 200),
    ("POST", "/{job_id}/cancel", 409),
}
"""What a run must have come to, lest it wander about in 404s."""
MOST_MORE, OTHER_SEEDS = 7, 10_000
"""Rounds beyond the first, of which each comes to each of these kinds in one of ten cases not."""
LISTENINGS = 20


@pytest.fixture(scope="module")
def ended_jobs(whole_service: tuple[str, list[Tenant]]) -> Mapping[Tenant, str]:
    """Each project has a job that has ended, with results and artifacts; its key leads to it."""
    address, tenants = whole_service
    jobs: dict[Tenant, str] = {}
    for tenant in tenants:
        with httpx.Client(base_url=address, headers=dict(tenant.headers)) as client:
            headers = {"Idempotency-Key": ended_key(tenant)}
            jobs[tenant] = client.post("/v1/jobs", json=ended_spec(tenant), headers=headers).json()["id"]
            assert wait(client, jobs[tenant])["status"] == "succeeded"
    return jobs


def test_journeys_through_what_was_made(
    document: BaseSchema, examiner: Examiner, rounds: Rounds, ended_jobs: Mapping[Tenant, str]
) -> None:
    walk = Walk(document, examiner, ended_jobs)

    def missing() -> set[tuple[str, int]]:
        return {(f"{method} /v1/jobs{path}", status) for method, path, status in REACHED} - walk.seen.keys()

    def go(seed: int) -> None:
        walk.go(seed, RIGHT_SCENARIOS, [GenerationMode.POSITIVE])
        walk.go(seed, WRONG_SCENARIOS, list(GenerationMode))

    for seed in rounds.seeds(0.35):
        go(seed)
    for more in range(MOST_MORE):
        if not missing():
            break
        go(rounds.first_seed + OTHER_SEEDS + more)
    assert not missing(), f"the journeys did not come to {missing()}, but to {walk.seen}"


def test_a_stream_goes_on_behind_whatever_place_it_is_asked_for(
    document: BaseSchema, examiner: Examiner, rounds: Rounds, ended_jobs: Mapping[Tenant, str]
) -> None:
    tenant = examiner.tenants[0]
    path = {"job_id": ended_jobs[tenant]}
    events = document[EVENTS]["GET"]
    whole = read_stream(examiner.ask(events.Case(path_parameters=path), tenant, ACCEPT).content)
    assert [one.type for one in whole][-1] == "job.succeeded"
    for number, one in enumerate(whole, 1):
        answer = examiner.ask(events.Case(path_parameters=path), tenant, {**ACCEPT, "Last-Event-ID": one.id})
        assert answer.status_code == (200 if number < len(whole) else 204)
        assert answer.status_code == 204 or read_stream(answer.content) == whole[number:]
    seen: Counter[int] = Counter()
    right = partial(events.as_strategy, generation_mode=GenerationMode.POSITIVE, path_parameters=path)

    @tried(LISTENINGS)
    @given(
        right(query={}) | right(),
        st.none() | st.from_regex(r"e?[0-9]{1,3}-[0-9]{1,2}", fullmatch=True) | st.sampled_from(["", "1", "-1-1", "a"]),
    )
    def listen(case: Case, last_id: str | None) -> None:
        headers = ACCEPT if last_id is None else {**ACCEPT, "Last-Event-ID": last_id}
        answer = examiner.ask(case, tenant, headers)
        seen[answer.status_code] += 1
        if answer.status_code == 200:
            told = [one.data for one in read_stream(answer.content)]
            rest = iter(one.data for one in whole)
            assert all(data in rest for data in told), f"no part of the whole: {told}"

    for seed in rounds.seeds(0.05):
        run(seed, listen)
    assert {200, 204, 422} <= seen.keys(), seen
