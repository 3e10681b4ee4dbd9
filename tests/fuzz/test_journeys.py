"""Calls in a row, as OpenAPI's links lead: jobs are made, read, paused, resumed, cancelled, and train meanwhile."""

from collections import Counter
from typing import Any
from zlib import crc32

import httpx
import pytest
from schemathesis import Case, Response
from schemathesis.generation.stateful.state_machine import RecordingStateMachine
from schemathesis.schemas import BaseSchema

from tests.api.specs import digits
from tests.fuzz.contract import Examiner
from tests.fuzz.rounds import Rounds, run, tried
from tests.fuzz.tenants import Tenant
from tests.services.jobs import wait

SERVICE = "whole_service"
SCENARIOS = 40
STEPS = 12
MOST_MISSED = 2
REACHED = {
    ("POST", "", 201),
    ("GET", "/{job_id}", 200),
    ("GET", "/{job_id}/results", 200),
    ("GET", "/{job_id}/metrics", 200),
    ("GET", "/{job_id}/events", 200),
    ("GET", "/{job_id}/artifacts", 200),
    ("POST", "/{job_id}/cancel", 409),
}
"""What a run must have come to, but for two of them, lest it wander about in 404s."""


def ended_key(tenant: Tenant) -> str:
    """The idempotency key of a job that has ended."""
    return f"ended-{tenant.project}"


def ended_spec(tenant: Tenant) -> dict[str, Any]:
    """That job."""
    return digits(name=tenant.marker, metadata={"of": tenant.marker})


@pytest.fixture(scope="module")
def ended_jobs(whole_service: tuple[str, list[Tenant]]) -> None:
    """Each project has a job that has ended, with results and artifacts; its key leads to it."""
    address, tenants = whole_service
    for tenant in tenants:
        with httpx.Client(base_url=address, headers=dict(tenant.headers)) as client:
            headers = {"Idempotency-Key": ended_key(tenant)}
            made = client.post("/v1/jobs", json=ended_spec(tenant), headers=headers)
            assert wait(client, made.json()["id"])["status"] == "succeeded"


def _journey(document: BaseSchema, examiner: Examiner, seen: Counter[tuple[str, int]]) -> type[RecordingStateMachine]:
    """The machine that walks the links; counts what was answered to what."""
    # Of keys and webhooks `test_contract` asks: whoever revokes the key it came with gets no further.
    machine = document.include(path_regex="^/v1/jobs").as_state_machine()

    class Journey(machine):
        """Everything in it follows from what was drawn: the same draws are the same requests."""

        def setup(self) -> None:
            self._steps = 0
            self._tenant = examiner.tenants[0]

        def before_call(self, case: Case) -> None:
            self._steps += 1
            _hurry(case)
            drawn = crc32(repr((case.query, case.body)).encode())
            owner = examiner.watch.owner_of(repr(case.path_parameters))
            self._tenant = owner or examiner.tenants[drawn % len(examiner.tenants)]
            if owner and self._steps % 4 == 0:
                # Somebody else asks for it.
                self._tenant = examiner.tenants[examiner.tenants.index(owner) - 1]
            if case.operation.label == "POST /v1/jobs" and case.meta and case.meta.generation.mode.is_positive:
                self._make_sound(case, drawn)

        def _make_sound(self, case: Case, drawn: int) -> None:
            """Two of three jobs are ones that train in no time: a generated one is right, and seldom sound."""
            if drawn % 3 == 0:
                case.query = {}
                case.headers = {"Idempotency-Key": ended_key(self._tenant)}
                case.body = ended_spec(self._tenant)
            elif drawn % 3 == 1:
                case.query = {}
                case.body = digits(name=self._tenant.marker)

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:  # noqa: ARG002 -- the machine's own signature
            return examiner.settings_for(self._tenant)

        def validate_response(self, response: Response, case: Case, *_: object, **__: object) -> None:
            seen[case.operation.label, response.status_code] += 1
            examiner.examine(case, response, self._tenant, self.recorder)

    return Journey


def _hurry(case: Case) -> None:
    """A minute's wait for news would be a minute of the journey."""
    asked = case.query.get("wait_seconds") if isinstance(case.query, dict) else None
    if isinstance(asked, int | float):
        case.query["wait_seconds"] = min(asked, 0.05)


@pytest.mark.usefixtures("ended_jobs")
def test_journeys_through_what_was_made(document: BaseSchema, examiner: Examiner, rounds: Rounds) -> None:
    seen: Counter[tuple[str, int]] = Counter()
    journey = _journey(document, examiner, seen)
    for seed in rounds.seeds(0.4):
        run(seed, journey, lambda: journey.run(settings=tried(SCENARIOS, steps=STEPS)))
    missing = {(f"{method} /v1/jobs{path}", status) for method, path, status in REACHED} - seen.keys()
    assert len(missing) <= MOST_MISSED, f"the journeys did not come to {missing}, but to {seen}"
