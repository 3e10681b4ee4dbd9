"""What tests do to a running service over HTTP: send a job, wait for its end, read what it left."""

import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import keras


def post(service: httpx.Client, spec: dict[str, Any]) -> httpx.Response:
    """The answer to a job spec."""
    return service.post("/v1/jobs", json=spec)


def wait(service: httpx.Client, job_id: str, *, timeout_seconds: float = 60) -> dict[str, Any]:
    """The job, once it has ended."""
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        answer = service.get(f"/v1/jobs/{job_id}/results")
        if answer.status_code == 200:
            return service.get(f"/v1/jobs/{job_id}").json()
        assert answer.status_code == 202, answer.text
        time.sleep(0.1)
    raise AssertionError(f"the job has not ended in {timeout_seconds} s: {service.get(f'/v1/jobs/{job_id}').text}")


def train(service: httpx.Client, spec: dict[str, Any], *, timeout_seconds: float = 60) -> str:
    """Send a job, wait until it has succeeded, return its id."""
    answer = post(service, spec)
    assert answer.status_code == 201, answer.text
    job = wait(service, answer.json()["id"], timeout_seconds=timeout_seconds)
    assert job["status"] == "succeeded", job["error"]
    return job["id"]


def rows_of(service: httpx.Client, job_id: str) -> list[dict[str, Any]]:
    """A job's epochs."""
    answer = service.get(f"/v1/jobs/{job_id}/metrics", params={"limit": 10_000})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def results_of(service: httpx.Client, job_id: str) -> dict[str, Any]:
    """An ended job's results."""
    answer = service.get(f"/v1/jobs/{job_id}/results")
    assert answer.status_code == 200, answer.text
    return answer.json()


def model_of(service: httpx.Client, job_id: str) -> keras.Model:
    """The trained model, downloaded and loaded by Keras."""
    answer = service.get(f"/v1/jobs/{job_id}/artifacts/model.keras")
    assert answer.status_code == 200, answer.text
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(answer.content)
        return keras.models.load_model(path)
