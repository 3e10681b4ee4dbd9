"""What results tell of simple models on the rows of a job, once that is known."""

from pathlib import Path

from db.datasets import references
from tests.api.service import Service
from tests.api.specs import digits

FOUND = {
    "metric": "accuracy",
    "guess": 0.1,
    "models": {"logistic_regression": 0.93},
    "balanced": {"guess": 0.1, "models": {"logistic_regression": 0.92}},
    "train_rows": 1437,
    "rows": 360,
    "has_validation": True,
    "seconds": 2.1,
}


async def test_a_reference_comes_into_results_that_are_there_already(service: Service, tmp_path: Path) -> None:
    job_id: str = (await service.client.post("/v1/jobs", json=digits())).json()["id"]
    await service.record(job_id, [{"loss": 1.0}], duration_seconds=0.1)
    async with service.database.write() as connection:
        await references.note(connection, job_id, job_id)
        assert await references.claim(connection, job_id, [])
    results = {"evaluation": {"validation": {"accuracy": 0.41}, "test": None}}
    await service.succeed(job_id, results, files={}, folder=tmp_path)
    before = await service.client.get(f"/v1/jobs/{job_id}/results")
    assert before.json()["reference"] is None
    async with service.database.write() as connection:
        await references.record(connection, job_id, FOUND)
    known = {"If-None-Match": before.headers["ETag"]}
    after = await service.client.get(f"/v1/jobs/{job_id}/results", headers=known)
    assert after.status_code == 200
    sentence = "Validation accuracy 0.41; always guessing the commonest class gives 0.10, a logistic regression 0.93."
    assert after.json()["reference"] == {**FOUND, "sentence": sentence}


async def test_a_reason_why_there_is_none_is_no_reference(service: Service, tmp_path: Path) -> None:
    job_id: str = (await service.client.post("/v1/jobs", json=digits())).json()["id"]
    async with service.database.write() as connection:
        await references.note(connection, job_id, job_id)
        assert await references.claim(connection, job_id, [])
        await references.record(connection, job_id, {"reason": "It took too long."})
    await service.succeed(job_id, {}, files={}, folder=tmp_path)
    assert (await service.client.get(f"/v1/jobs/{job_id}/results")).json()["reference"] is None
