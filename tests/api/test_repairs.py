"""A repair over HTTP: read while it runs, waited for by results, cancelled with its job."""

from typing import Any

from api.jobs.schemas import ResultsDocument
from api.repairs.schemas import RepairDocument
from coach.repairs.candidates import Candidate
from coach.repairs.objective import Objective
from coach.repairs.plan import Plan
from coach.repairs.rungs import rungs
from db.attempts import endings
from db.attempts.endings import Ending
from db.projects.quotas import Quotas
from services.quotas.guard import QuotaGuard
from services.repairs.planner import Planner
from spec.language.numbers import encode_json
from spec.states import JobStatus
from tests.api import sse
from tests.api.service import Service, assert_problem
from tests.api.specs import digits

SLOWER = [{"op": "replace", "path": "/training/optimizer/learning_rate", "value": 0.001}]
PLAN = Plan(
    Objective("val_accuracy", "maximize", 0.1),
    [Candidate("A lower learning rate", ["lower_learning_rate"], SLOWER, 3)],
    rungs(1, 3, 3),
    [7, 8],
    is_original_trained=True,
    original_score=0.1,
)


async def make(service: Service, coach: dict[str, Any]) -> str:
    answer = await service.client.post("/v1/jobs", json=digits(coach=coach))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_results_wait_for_a_repair_and_a_cancel_ends_it(service: Service) -> None:
    job_id = await make(service, {"repair": True})
    place = f"/v1/jobs/{job_id}"
    assert_problem(await service.client.get(f"{place}/repair"), 404, "no_repair")
    fence = await service.claim(job_id)
    told = {"epochs_run": 2, "stopped_by": "coach"}
    ending = Ending(status=JobStatus.SUCCEEDED, results=told, repair_json=encode_json(PLAN.told()))
    async with service.database.write() as connection:
        await endings.finish(connection, fence, ending)
    planner = Planner(service.database, QuotaGuard(service.database, Quotas()))
    (child,) = await planner.advance(job_id)
    waiting = await service.client.get(f"{place}/results", params={"wait_seconds": "0.1"})
    assert (waiting.status_code, waiting.json()["status"]) == (202, "succeeded")
    assert int(waiting.headers["Retry-After"]) > 0
    running = await service.client.get(f"{place}/repair")
    RepairDocument.model_validate_json(running.content)
    shown = running.json()
    assert (shown["status"], shown["metric"], shown["chosen"], shown["ended_at"]) == (
        "running",
        "val_accuracy",
        None,
        None,
    )
    (tried,) = shown["tried"]
    assert (tried["job"], tried["title"], tried["patch"]) == (child.id, "A lower learning rate", SLOWER)
    assert (tried["score"], tried["interval"], shown["gain"]) == (None, None, None)
    listed = (await service.client.get("/v1/jobs", params={"parent": job_id})).json()["data"]
    assert [one["id"] for one in listed] == [child.id]
    cancelled = await service.client.post(f"{place}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "succeeded")
    assert (await service.client.get(f"/v1/jobs/{child.id}")).json()["status"] == "cancelled"
    results = await service.client.get(f"{place}/results")
    ResultsDocument.model_validate_json(results.content)
    assert (results.status_code, results.json()["stopped_by"]) == (200, "coach")
    assert results.json()["repair"] == (await service.client.get(f"{place}/repair")).json()
    assert results.json()["repair"]["status"] == "cancelled"
    again = await service.client.post(f"{place}/cancel")
    assert (again.status_code, again.json()) == (200, cancelled.json())
    assert_problem(await service.client.post(f"{place}/pause"), 409, "job_already_ended")
    # A stream ends with the repair, not with the training.
    events = [one.word for one in await sse.all_sent(service.client, job_id)]
    assert events[-3:] == ["job.succeeded", "repair.started", "repair.ended"]


async def test_a_job_that_needs_none_has_none(service: Service) -> None:
    job_id = await make(service, {"repair": True})
    fence = await service.claim(job_id)
    async with service.database.write() as connection:
        await endings.finish(connection, fence, Ending(status=JobStatus.SUCCEEDED, results={"epochs_run": 3}))
    assert_problem(await service.client.get(f"/v1/jobs/{job_id}/repair"), 404, "no_repair")
    results = await service.client.get(f"/v1/jobs/{job_id}/results")
    assert (results.status_code, results.json()["repair"], results.json()["stopped_by"]) == (200, None, None)
