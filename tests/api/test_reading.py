"""What is read of a job on its way: seeded through the database's own functions, as a worker writes them."""

import csv
import hashlib
import io
import json
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.jobs.schemas import EventList, JobDocument, MetricsList, ResultsDocument
from db.attempts import attempts
from tests.api.service import Service, assert_problem
from tests.api.specs import digits
from worker.trainer.evaluation.held_back import HeldBack
from worker.trainer.evaluation.readings import Reading

TABLE = {"Accept": "text/csv"}
ROWS: list[dict[str, float]] = [
    {"loss": 2.25, "accuracy": 0.1, "learning_rate": 0.01},
    {"loss": 1 / 3, "accuracy": 0.5, "val_loss": math.nan, "learning_rate": 1e-5},
    {"loss": math.inf, "accuracy": 0.5, "val_loss": -math.inf, "learning_rate": 5e-324},
]
TOLD: list[dict[str, Any]] = [
    ROWS[0],
    {**ROWS[1], "val_loss": "NaN"},
    {**ROWS[2], "loss": "Infinity", "val_loss": "-Infinity"},
]


async def make(service: Service) -> str:
    answer = await service.client.post("/v1/jobs", json=digits())
    return answer.json()["id"]


async def test_a_running_job_tells_its_progress(service: Service) -> None:
    job_id = await make(service)
    await service.record(job_id, ROWS[:2], duration_seconds=0.5)
    answer = await service.client.get(f"/v1/jobs/{job_id}")
    JobDocument.model_validate_json(answer.content)
    job = answer.json()
    assert (job["status"], job["attempt"], job["queue_position"]) == ("running", 1, None)
    assert job["progress"]["epoch"] == 2
    assert job["progress"]["fraction"] == pytest.approx(2 / 3)
    assert job["latest_metrics"] == TOLD[1]
    assert job["started_at"] is not None

    results = await service.client.get(f"/v1/jobs/{job_id}/results")
    assert results.status_code == 202
    assert int(results.headers["Retry-After"]) >= 1
    assert results.json()["id"] == job_id


async def test_metrics_are_told_to_the_bit(service: Service) -> None:
    job_id = await make(service)
    await service.record(job_id, ROWS, duration_seconds=0.125)
    answer = await service.client.get(f"/v1/jobs/{job_id}/metrics")
    MetricsList.model_validate_json(answer.content)
    assert answer.headers["Content-Type"] == "application/json"
    page = answer.json()
    assert (page["object"], page["has_more"], page["next_cursor"]) == ("list", False, None)
    for epoch, (row, metrics) in enumerate(zip(page["data"], TOLD, strict=True), 1):
        assert (row["epoch"], row["metrics"], row["duration_seconds"]) == (epoch, metrics, 0.125)
        assert row["progress"] == {"fraction": epoch / 3, "eta_seconds": 1.0}


async def test_metrics_as_a_table_and_as_lines(service: Service) -> None:
    job_id = await make(service)
    await service.record(job_id, ROWS, duration_seconds=0.125)
    path = f"/v1/jobs/{job_id}/metrics"
    table = await service.client.get(path, headers={"Accept": "text/csv"})
    assert table.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    names = ["epoch", "loss", "accuracy", "learning_rate", "val_loss", "duration_seconds"]
    assert list(rows[0]) == names
    assert [float(row["loss"]) for row in rows] == [row["loss"] for row in ROWS]
    assert [row["val_loss"] for row in rows] == ["", "NaN", "-Infinity"]
    lines = await service.client.get(path, headers={"Accept": "application/x-ndjson"})
    assert lines.headers["Content-Type"] == "application/x-ndjson"
    data = (await service.client.get(path)).json()["data"]
    assert [json.loads(line) for line in lines.text.splitlines()] == data
    refused = await service.client.get(path, headers={"Accept": "image/png"})
    assert_problem(refused, 406, "not_acceptable")


async def test_metrics_page_by_epoch_and_by_cursor(service: Service) -> None:
    job_id = await make(service)
    await service.record(job_id, ROWS, duration_seconds=0.125)
    path = f"/v1/jobs/{job_id}/metrics"

    async def page(**parameters: object) -> dict[str, Any]:
        return (await service.client.get(path, params=parameters)).json()

    first = await page(limit=2)
    assert ([row["epoch"] for row in first["data"]], first["has_more"]) == ([1, 2], True)
    for last in (await page(limit=2, cursor=first["next_cursor"]), await page(limit=1, after_epoch=2)):
        assert ([row["epoch"] for row in last["data"]], last["has_more"], last["next_cursor"]) == ([3], False, None)
    assert (await page(after_epoch=3))["data"] == []
    table = await service.client.get(path, params={"limit": 2}, headers={"Accept": "text/csv"})
    rest = await service.client.get(table.links["next"]["url"], headers={"Accept": "text/csv"})
    assert [row["epoch"] for row in csv.DictReader(io.StringIO(rest.text))] == ["3"]
    assert "next" not in rest.links


async def test_a_job_without_epochs_has_an_empty_table(service: Service) -> None:
    job_id = await make(service)
    path = f"/v1/jobs/{job_id}/metrics"
    assert (await service.client.get(path)).json()["data"] == []
    assert (await service.client.get(path, headers={"Accept": "text/csv"})).text == "epoch,duration_seconds\n"
    assert (await service.client.get(path, headers={"Accept": "application/x-ndjson"})).text == ""


EVALUATION = {
    "validation": HeldBack(Reading("classes", "classes", 2), np.array([0, 1, 1]), ["cat", "dog"]).evaluated(
        np.array([0, 1]), [np.array([[0.9, 0.1], [0.7, 0.3]])]
    ),
    "test": HeldBack(Reading("number"), np.array([[1.0], [2.0]])).evaluated(
        np.array([[1.0], [3.0]]), [np.array([[1.5], [2.0]])]
    ),
}


async def test_an_ended_job_has_results(service: Service) -> None:
    job_id = await make(service)
    await service.record(job_id, ROWS, duration_seconds=0.5)
    told = {
        "final_metrics": {"loss": math.nan},
        "best_metrics": {"loss": 0.25},
        "best_epoch": 2,
        "epochs_run": 3,
        "timings": {"fit_seconds": 1.5},
        "model_summary": {"total_parameters": 1},
        "environment": {"seed": 42, "device": "cpu"},
        "epoch_weights": "last",
        "stored_weights": {"origin": "best_epoch", "epoch": 2, "is_averaged": False},
        "stored_metrics": {"val_loss": 0.25},
        "evaluation": EVALUATION,
        "class_weight": {"0": 1.5},
        "best_weights": {"epoch": 2, "artifact": "weights.safetensors"},
        "can_be_continued": True,
        "initial_weights": None,
        "stopped_by": "coach",
        "more": [1],
    }
    await service.succeed(job_id, told)
    answer = await service.client.get(f"/v1/jobs/{job_id}/results")
    assert answer.status_code == 200
    ResultsDocument.model_validate_json(answer.content)
    assert answer.json() == {
        "object": "results",
        "job_id": job_id,
        "status": "succeeded",
        "error": None,
        **told,
        "final_metrics": {"loss": "NaN"},
        "reference": None,
        "repair": None,
    }
    job = (await service.client.get(f"/v1/jobs/{job_id}")).json()
    assert (job["status"], job["progress"]["fraction"], job["progress"]["eta_seconds"]) == ("succeeded", 1.0, None)
    assert job["ended_at"] >= job["started_at"] >= job["created_at"]


async def test_what_is_not_finite_is_told_by_name_wherever_it_stands(service: Service) -> None:
    job_id = await make(service)
    odd = {"nan": math.nan, "up": math.inf, "down": -math.inf, "least": 5e-324, "minus zero": -0.0, "third": 1 / 3}
    fence = await service.claim(job_id)
    async with service.database.write() as connection:
        await attempts.record_started(connection, fence, epochs=3, details={"odd": [odd]})
    await service.record(job_id, [odd], duration_seconds=0.5)
    path = f"/v1/jobs/{job_id}"
    seen = [
        (await strict(service, path))["latest_metrics"],
        (await strict(service, f"{path}/metrics"))["data"][0]["metrics"],
        (await strict(service, f"{path}/metrics", accept="application/x-ndjson"))["metrics"],
        next(event for event in (await strict(service, f"{path}/events"))["data"] if "odd" in event["data"])["data"][
            "odd"
        ][0],
    ]
    (row,) = csv.DictReader(io.StringIO((await service.client.get(f"{path}/metrics", headers=TABLE)).text))
    await service.succeed(job_id, {"final_metrics": odd, "timings": {"epochs": [odd]}})
    results = await strict(service, f"{path}/results")
    seen += [results["final_metrics"], results["timings"]["epochs"][0], {name: row[name] for name in odd}]
    for told in seen:
        assert list(told) == list(odd)
        assert [told[name] for name in ("nan", "up", "down")] == ["NaN", "Infinity", "-Infinity"]
        for name, value in odd.items():
            if not math.isnan(value):
                assert struct.pack("d", float(told[name])) == struct.pack("d", value), name


def refuse(constant: str) -> None:
    pytest.fail(f"JSON knows no {constant}")


async def strict(service: Service, path: str, *, accept: str = "application/json") -> Any:  # noqa: ANN401 -- JSON
    """The answer, read as a parser does that takes JSON by the letter."""
    answer = await service.client.get(path, headers={"Accept": accept})
    assert answer.is_success
    return json.loads(answer.text, parse_constant=refuse)


async def test_a_failed_job_says_whose_fault_it_was(service: Service) -> None:
    job_id = await make(service)
    await service.record(job_id, ROWS[:1], duration_seconds=0.5)
    await service.fail(job_id, "diverged", "The loss is NaN.", "/training/optimizer/learning_rate")
    error = {"code": "diverged", "message": "The loss is NaN.", "pointer": "/training/optimizer/learning_rate"}
    job = await service.client.get(f"/v1/jobs/{job_id}")
    JobDocument.model_validate_json(job.content)
    assert (job.json()["status"], job.json()["error"]) == ("failed", error)
    results = await service.client.get(f"/v1/jobs/{job_id}/results")
    assert results.status_code == 200
    ResultsDocument.model_validate_json(results.content)
    assert (results.json()["status"], results.json()["error"], results.json()["epochs_run"]) == ("failed", error, 1)


async def test_a_cancelled_job_has_results_too(service: Service) -> None:
    job_id = await make(service)
    await service.client.post(f"/v1/jobs/{job_id}/cancel")
    results = await service.client.get(f"/v1/jobs/{job_id}/results")
    assert results.status_code == 200
    assert (results.json()["status"], results.json()["epochs_run"], results.json()["error"]) == ("cancelled", 0, None)


async def test_events_are_a_history(service: Service) -> None:
    job_id = await make(service)
    await service.succeed(job_id)
    answer = await service.client.get(f"/v1/jobs/{job_id}/events")
    EventList.model_validate_json(answer.content)
    events = answer.json()["data"]
    types = [event["type"] for event in events]
    assert types[0] == "job.created"
    assert types[-1] == "job.succeeded"
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    paged: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await service.client.get(f"/v1/jobs/{job_id}/events", params={"limit": 1, **cursor})).json()
        paged += page["data"]
        if not page["has_more"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert paged == events


async def test_artifacts_are_listed_and_downloaded(service: Service, tmp_path: Path) -> None:
    job_id = await make(service)
    content = bytes(range(256)) * 3000
    await service.succeed(job_id, files={"model.keras": content, "history.csv": b"epoch\n"}, folder=tmp_path)
    listed = (await service.client.get(f"/v1/jobs/{job_id}/artifacts")).json()
    assert (listed["object"], listed["has_more"]) == ("list", False)
    files = {one["name"]: one for one in listed["data"]}
    assert set(files) == {"model.keras", "history.csv"}
    model = files["model.keras"]
    assert (model["size_bytes"], model["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    answer = await service.client.get(model["url"])
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["Content-Length"] == str(len(content))
    assert answer.headers["Content-Type"] == model["media_type"]
    assert answer.headers["Accept-Ranges"] == "bytes"
    history = await service.client.get(files["history.csv"]["url"])
    assert history.headers["Content-Type"].startswith("text/csv")


async def test_the_model_says_which_weights_it_holds(service: Service, tmp_path: Path) -> None:
    held = {"origin": "moving_average", "epoch": 3, "is_averaged": True}
    for results, expected in (({"stored_weights": held, "stored_metrics": {"val_loss": math.nan}}, held), ({}, None)):
        job_id = await make(service)
        files = {"model.keras": b"m", "history.csv": b"epoch\n"}
        await service.succeed(job_id, results, files=files, folder=tmp_path)
        listed = (await service.client.get(f"/v1/jobs/{job_id}/artifacts")).json()["data"]
        assert {one["name"]: one["weights"] for one in listed} == {"model.keras": expected, "history.csv": None}
        told = (await service.client.get(f"/v1/jobs/{job_id}/results")).json()
        assert told["stored_weights"] == expected
        assert told["stored_metrics"] == ({"val_loss": "NaN"} if expected else None)
        assert told["evaluation"] is None
        assert (told["epoch_weights"], told["class_weight"]) == (None, None)


async def test_a_part_of_an_artifact_is_given(service: Service, tmp_path: Path) -> None:
    job_id = await make(service)
    content = bytes(range(256)) * 3000
    await service.succeed(job_id, files={"model.keras": content}, folder=tmp_path)
    path = f"/v1/jobs/{job_id}/artifacts/model.keras"
    for header, first, last in (("bytes=10-19", 10, 19), ("bytes=-5", len(content) - 5, len(content) - 1)):
        part = await service.client.get(path, headers={"Range": header})
        assert (part.status_code, part.content) == (206, content[first : last + 1])
        assert part.headers["Content-Range"] == f"bytes {first}-{last}/{len(content)}"
        assert part.headers["Content-Length"] == str(last - first + 1)
    tag = part.headers["ETag"]
    same = await service.client.get(path, headers={"Range": "bytes=0-0", "If-Range": tag})
    other = await service.client.get(path, headers={"Range": "bytes=0-0", "If-Range": '"other"'})
    assert (same.status_code, other.status_code, other.content) == (206, 200, content)
    known = await service.client.get(path, headers={"Range": "bytes=0-0", "If-None-Match": tag})
    assert (known.status_code, known.content, known.headers["ETag"]) == (304, b"", tag)
    outside = await service.client.get(path, headers={"Range": f"bytes={len(content)}-"})
    assert_problem(outside, 416, "range_not_satisfiable")
    assert outside.headers["Content-Range"] == f"bytes */{len(content)}"


async def test_an_artifact_that_is_none_is_not_found(service: Service, tmp_path: Path) -> None:
    job_id = await make(service)
    assert (await service.client.get(f"/v1/jobs/{job_id}/artifacts")).json()["data"] == []
    await service.succeed(job_id, files={"model.keras": b"x"}, folder=tmp_path)
    for name in ("model", "%00", "..%2fmodel.keras", "model.keras%20"):
        answer = await service.client.get(f"/v1/jobs/{job_id}/artifacts/{name}")
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"


async def test_an_artifact_whose_bytes_are_gone_is_told_so(service: Service, tmp_path: Path) -> None:
    job_id = await make(service)
    await service.succeed(job_id, files={"model.keras": b"x"}, folder=tmp_path)
    service.lose_files(job_id)
    answer = await service.client.get(f"/v1/jobs/{job_id}/artifacts/model.keras")
    assert_problem(answer, 410, "artifact_gone")
