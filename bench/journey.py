"""The row about a job's way: where its time goes, from POST to the result, by the marks it leaves on the way."""

import json
import statistics
import time
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.figures import Finding, Measure, Part
from bench.requests import Client, Request
from bench.service import POLL_SECONDS, Running, example, service, train

JOBS = 7
_WARM_UP = 2


def small_job() -> list[Finding]:
    """The small job on an idle warm worker, stretch by stretch; medians of several jobs."""
    with service(NETCOACH_WORKER_SLOTS="1", NETCOACH_LOG_LEVEL="info", NETCOACH_LOG_FORMAT="json") as running:
        for _ in range(_WARM_UP):
            train(running.calls, example("digits"))
        ways: list[list[Part]] = []
        for _ in range(JOBS):
            time.sleep(1)  # idle
            ways.append(way_of(running, example("digits")))
    totals = [way[-1].ended_ms for way in ways]
    notes = ["broken down in the picture and the table below"]
    return [Finding("the small job from POST to result", Measure(totals, "ms"), notes=notes, parts=median_way(ways))]


def way_of(running: Running, spec: dict[str, Any]) -> list[Part]:
    """Sends a job to a service whose logs are JSON, waits for its result, and tells where the time went.

    The clocks are those of the client, the database, the worker and its trainer: all on one machine.
    """
    client = Client(running.url, running.headers)
    sent = time.time()
    job_id = client.ask(Request("POST", "/v1/jobs", json.dumps(spec)))["id"]
    answered = time.time()
    while (results := client.ask(Request("GET", f"/v1/jobs/{job_id}/results")))["object"] != "results":
        time.sleep(POLL_SECONDS)
    seen = time.time()
    if results["status"] != "succeeded":
        raise RuntimeError(f"the job {job_id} {results['status']}: {results['error']}")
    events = client.ask(Request("GET", f"/v1/jobs/{job_id}/events"))["data"]
    first_epoch = client.ask(Request("GET", f"/v1/jobs/{job_id}/metrics?limit=1"))["data"][0]["duration_seconds"]
    client.close()
    at = {event["type"]: datetime.fromisoformat(event["at"]).timestamp() for event in events}
    at |= {line["event"]: datetime.fromisoformat(line["timestamp"]).timestamp() for line in _log_of(running, job_id)}
    marks = _marks(at | {"answered": answered, "seen": seen}, results["timings"], first_epoch)
    return _parts(sent, marks)


def _marks(
    at: Mapping[str, float], timings: Mapping[str, float], first_epoch_seconds: float
) -> list[tuple[str, float]]:
    """The end of each stretch.

    The trainer tells how long things took: they are laid one after the other from the moment it had its order.
    """
    ordered = at["attempt ends"] - timings["total_seconds"]
    loaded = ordered + timings["load_data_seconds"]
    trained_from = loaded + timings["build_seconds"]
    return [
        ("POST: read, checked", at["job.created"]),
        ("POST: committed, answered", at["answered"]),
        ("hint, claim", max(at["answered"], at["job.claimed"])),
        ("claim committed, attempt begins", at["attempt begins"]),
        ("order to the trainer", ordered),
        ("data", loaded),
        ("network built", trained_from),
        ("first step: traced", trained_from + timings["first_step_seconds"]),
        ("rest of the first epoch, validation traced", trained_from + first_epoch_seconds),
        ("other epochs", trained_from + timings["training_seconds"]),
        ("model saved, the rest", at["attempt ends"]),
        ("files stored, end committed", at["job.succeeded"]),
        ("seen by the client", at["seen"]),
    ]


def _parts(sent: float, marks: list[tuple[str, float]]) -> list[Part]:
    """Stretches without gaps; where the clocks' grain puts a mark before the last one, it moves there."""
    parts: list[Part] = []
    began = 0.0
    for name, moment in marks:
        ended = max(began, (moment - sent) * 1000)
        parts.append(Part(name, began, ended))
        began = ended
    return parts


def median_way(ways: list[list[Part]]) -> list[Part]:
    """The median of each stretch, laid end to end."""
    lengths = [statistics.median(part.ended_ms - part.began_ms for part in same) for same in zip(*ways, strict=True)]
    ends = [0.0]
    for length in lengths:
        ends.append(ends[-1] + length)
    return [Part(part.name, *between) for part, between in zip(ways[0], pairwise(ends), strict=True)]


def _log_of(running: Running, job_id: str) -> list[dict[str, Any]]:
    """The worker's lines about a job; its trainer's are plain text."""
    return [
        line
        for path in Path(running.home, "logs").glob("worker*")
        for text in path.read_text(encoding="utf-8").splitlines()
        if text.startswith("{") and job_id in text and (line := json.loads(text)).get("job_id") == job_id
    ]
