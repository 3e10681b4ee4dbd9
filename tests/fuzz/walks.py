"""Journeys from call to call, as OpenAPI's links lead, and what came of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from zlib import crc32

from hypothesis import strategies as st
from hypothesis.errors import FlakyStrategyDefinition
from hypothesis.stateful import Bundle, MultipleResults, initialize, multiple
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode, HookContext, Response
from schemathesis.generation.stateful.state_machine import RecordingStateMachine, StepInput, StepOutput
from schemathesis.schemas import BaseSchema

from tests.api.specs import digits
from tests.fuzz.contract import Examiner
from tests.fuzz.rounds import run, tried
from tests.fuzz.streams import ACCEPT
from tests.fuzz.tenants import Tenant

STEPS = 12
EVENTS = "/v1/jobs/{job_id}/events"
ARTIFACTS = "/v1/jobs/{job_id}/artifacts"
_JOBS = "/v1/jobs"
_ANOTHER_SEED = 1_000_000
_SPECS: SearchStrategy[dict[str, Any]] = st.builds(
    lambda epochs, metadata: {**digits(metadata=metadata), "training": {**digits()["training"], "epochs": epochs}},
    st.integers(1, 3),
    st.dictionaries(st.sampled_from(["of", "a/b", "ü"]), st.text(max_size=5), max_size=2),
)


def ended_key(tenant: Tenant) -> str:
    """The idempotency key of a job that has ended."""
    return f"ended-{tenant.project}"


def ended_spec(tenant: Tenant) -> dict[str, Any]:
    """That job."""
    return digits(name=tenant.marker, metadata={"of": tenant.marker})


@dataclass
class Walk:
    """All journeys of one run.

    Attributes:
        document: What the service says of itself.
        examiner: Asks.
        ended: Each project's job that has ended.
        scenarios: How many journeys were begun.
        seen: What was answered to what, but for the first steps, which are the same in each.
        failure: What an answer was refused for.
    """

    document: BaseSchema
    examiner: Examiner
    ended: Mapping[Tenant, str]
    scenarios: int = 0
    seen: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    failure: BaseException | None = None

    def go(self, seed: int, scenarios: int, modes: Sequence[GenerationMode]) -> None:
        """So many journeys.

        Jobs go on by themselves, so the same steps may lead elsewhere the next time. Hypothesis takes that for an
        unsound test and stops, as does Schemathesis's own command, which then begins anew; so is it done here.

        Args:
            seed: Of the first ones.
            scenarios: How many, and a few more where it was begun anew.
            modes: Right requests, or wrong ones too: these are most of what is drawn then, and lead nowhere.
        """
        journey = _journey(self, modes)
        end = self.scenarios + scenarios
        for again in count():
            left = max(2, end - self.scenarios)
            try:
                run(seed + _ANOTHER_SEED * again, journey, lambda: journey.run(settings=tried(left, steps=STEPS)))  # noqa: B023 -- called at once
            except FlakyStrategyDefinition:
                if self.failure is not None:
                    raise self.failure from None
                if self.scenarios < end:
                    continue
            return

    def first_cases(self, tenant: Tenant) -> list[Case]:
        """What every journey begins with: a job that has ended and what it left, for links to start from."""
        headers = {"Idempotency-Key": ended_key(tenant)}
        job = self.document[_JOBS]["POST"].Case(headers=headers, body=ended_spec(tenant), media_type="application/json")
        return [job, self.document[ARTIFACTS]["GET"].Case(path_parameters={"job_id": self.ended[tenant]})]

    def prepare(self, case: Case, step: int) -> Tenant:
        """Makes of what was drawn something that leads on, and tells who is to ask it."""
        drawn = crc32(repr((case.query, case.body)).encode())
        _spare(case)
        if case.path_parameters and self._owner_of(case) is None and drawn % 4:
            # A link had nothing to tell, and what was drawn in its place is nobody's.
            case.path_parameters["job_id"] = self.ended[self.examiner.tenants[drawn % 2]]
        owner = self._owner_of(case)
        tenant = owner or self.examiner.tenants[drawn % 2]
        # Every journey begins with the ended jobs: only somebody else asks for their end, and is not heard.
        is_loss = case.method == "DELETE" and case.path_parameters.get("job_id") in self.ended.values()
        if owner and (step % 4 == 0 or is_loss):
            tenant = next(other for other in self.examiner.tenants if other is not owner)
        if case.operation.label == f"POST {_JOBS}":
            # The watch knows by it whose the job is.
            case.body["name"] = tenant.marker
        return tenant

    def _owner_of(self, case: Case) -> Tenant | None:
        return self.examiner.watch.owner_of(repr(case.path_parameters))

    def settings_for(self, case: Case, tenant: Tenant) -> dict[str, Any]:
        """Of a call; half of those for events listen."""
        is_stream = case.operation.label == f"GET {EVENTS}" and crc32(repr(case.query).encode()) % 2
        return self.examiner.settings_for(tenant, ACCEPT if is_stream else None)

    def note(self, case: Case, response: Response) -> None:
        """An answer to something that was drawn."""
        self.seen[case.operation.label, response.status_code] += 1


def _journey(walk: Walk, modes: Sequence[GenerationMode]) -> type[RecordingStateMachine]:
    """The machine that walks the links. All of it follows from what was drawn: the same draws are the same requests."""
    # Of keys and webhooks `test_contract` asks: whoever revokes the key it came with gets no further.
    document = walk.document.include(path_regex=f"^{_JOBS}")
    document.hooks.register_hook_with_name(_with_sound_specs, "before_generate_body")
    document.config.phases.stateful.generation.update(modes=list(modes))
    machine = document.as_state_machine()

    class Journey(machine):
        def setup(self) -> None:
            walk.scenarios += 1
            self._step_number = 0
            self._tenant = walk.examiner.tenants[0]

        @initialize(target=Bundle("catch_all"), tenant=st.sampled_from(walk.examiner.tenants))
        def begin(self, tenant: Tenant) -> MultipleResults[StepOutput]:
            self._tenant = tenant
            outputs: list[StepOutput] = []
            for case in walk.first_cases(tenant):
                step = StepInput.initial(case)
                self.recorder.record_case(case=case)
                self.control.record_step(step, self.recorder)
                outputs.append(self.step(step))
            self._step_number = 1
            return multiple(*outputs)

        def before_call(self, case: Case) -> None:
            if self._step_number:
                self._tenant = walk.prepare(case, self._step_number)
                self._step_number += 1

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            return walk.settings_for(case, self._tenant)

        def validate_response(self, response: Response, case: Case, *_: object, **__: object) -> None:
            if self._step_number:
                walk.note(case, response)
            try:
                walk.examiner.examine(case, response, self._tenant, self.recorder)
            except BaseException as error:
                walk.failure = walk.failure or error
                raise

    return Journey


def _with_sound_specs(context: HookContext, strategy: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Jobs that train in no time. One drawn from the schema is seldom sound, and so large that it ends the journey."""
    return _SPECS if context.operation is not None and context.operation.label == f"POST {_JOBS}" else strategy


def _spare(case: Case) -> None:
    """A minute's wait for news would be a minute of the journey, and what was drawn as a cursor is one of no list."""
    if isinstance(case.query, dict):
        case.query.pop("cursor", None)
        asked = case.query.get("wait_seconds")
        if isinstance(asked, int | float):
            case.query["wait_seconds"] = min(asked, 0.05)
