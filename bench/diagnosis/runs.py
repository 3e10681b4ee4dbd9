"""Jobs sent to the real service over HTTP, and all that it tells of them when they have ended."""

import http.client
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.diagnosis.lines import append, read
from bench.diagnosis.tables import Rows
from bench.own_data import DatasetUnreadable
from bench.service import Running, epochs_of
from launch.calls import CallRefused, Calls

AT_ONCE = 8
"""So many jobs wait at the service: none of its slots is ever idle."""
_BOUNDARY = "boundary"
Spec = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A job to be run.

    Attributes:
        name: Of the job.
        data: The name of its data set.
        seed: Of the training.
        spec: Complete, but for the name of its data set.
        rows: Of the data set; None where it is one of the service's.
        extra: What else is kept with it: its truth, the job that it mends.
    """

    name: str
    data: str
    seed: int
    spec: Spec
    rows: Rows | None = None
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def key(self) -> tuple[str, int]:
        """By which it is found again."""
        return self.name, self.seed


@dataclass
class Runner:
    """Runs jobs and keeps what came of them; what a file has already is not run again.

    Attributes:
        running: The service.
        path: Of the file.
        told_of: Waits for the end of a job, by its id, and gives what is kept of it; `ended` by default.
        at_once: So many jobs wait at the service.
    """

    running: Running
    path: Path
    told_of: "Callable[[Calls, str], dict[str, Any]] | None" = None
    at_once: int = AT_ONCE
    _uploaded: dict[str, str] = field(default_factory=dict[str, str], init=False)

    def run(self, jobs: Iterable[Asked]) -> int:
        """Run those that are not kept.

        Returns:
            How many were run.
        """
        there = {(line.name, line.seed) for line in read(self.path)}
        waiting: deque[tuple[dict[str, Any], str]] = deque()
        run = 0
        for asked in jobs:
            if asked.key in there:
                continue
            run += 1
            told = self._told(asked)
            try:
                document = self.running.calls.post("/v1/jobs", told["spec"])
            except CallRefused as refused:
                append(self.path, told | {"refusal": {"status": refused.status} | refused.problem})
                continue
            waiting.append((told, document["id"]))
            if len(waiting) >= self.at_once:
                self._keep(*waiting.popleft())
        while waiting:
            self._keep(*waiting.popleft())
        return run

    def _told(self, asked: Asked) -> dict[str, Any]:
        name = self._name_of(asked)
        dataset: Spec = asked.spec["dataset"] | {"name": name}
        spec = asked.spec | {
            "dataset": dataset,
            "training": asked.spec["training"] | {"seed": asked.seed},
            "coach": {"signals": True} | asked.spec.get("coach", {}),
        }
        facts = None if asked.rows is None else asked.rows.facts(name).model_dump(mode="json")
        return {"name": asked.name, "data": asked.data, "seed": asked.seed, "spec": spec, "facts": facts, **asked.extra}

    def _name_of(self, asked: Asked) -> str:
        if asked.rows is None:
            return asked.data
        if asked.data not in self._uploaded:
            self._uploaded[asked.data] = upload(self.running, asked.rows)
        return self._uploaded[asked.data]

    def _keep(self, told: dict[str, Any], job_id: str) -> None:
        append(self.path, told | (self.told_of or ended)(self.running.calls, job_id))


def ended(calls: Calls, job_id: str) -> dict[str, Any]:
    """What the service tells of a job, once it has ended."""
    while (results := calls.get(f"/v1/jobs/{job_id}/results?wait_seconds=30"))["object"] != "results":
        pass
    pages = list(_pages(calls, f"/v1/jobs/{job_id}/signals"))
    return {
        "job": job_id,
        "status": results["status"],
        "error": results["error"],
        "evaluation": results["evaluation"],
        "timings": results["timings"],
        "reference": results.get("reference"),
        "epochs": [{"epoch": row["epoch"], "metrics": row["metrics"]} for row in epochs_of(calls, job_id)],
        "signals": [row for page in pages for row in page["data"]],
        "start": pages[0].get("start"),
        "findings": _findings(calls, job_id),
    }


def _pages(calls: Calls, path: str) -> Iterator[dict[str, Any]]:
    following: str | None = ""
    while following is not None:
        page: dict[str, Any] = calls.get(f"{path}?limit=1000{following and f'&cursor={following}'}")
        yield page
        following = page["next_cursor"]


def _findings(calls: Calls, job_id: str) -> list[dict[str, Any]] | None:
    """None where the service has none to give yet."""
    try:
        return calls.get(f"/v1/jobs/{job_id}/findings")["data"]
    except CallRefused as refused:
        if refused.status != http.HTTPStatus.NOT_FOUND:
            raise
        return None


def upload(running: Running, rows: Rows) -> str:
    """Send an NPZ as a user would.

    Returns:
        The id of its data set, once it has been read.

    Raises:
        DatasetUnreadable: If the service cannot read it.
    """
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"\r\n\r\n'.encode()
    body = head + rows.npz() + f"\r\n--{_BOUNDARY}--\r\n".encode()
    connection = http.client.HTTPConnection(urlsplit(running.url).netloc, timeout=600)
    headers = {**running.headers, "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    try:
        connection.request("POST", "/v1/datasets", body, headers)
        dataset_id: str = json.loads(connection.getresponse().read())["id"]
    finally:
        connection.close()
    told = running.calls.get(f"/v1/datasets/{dataset_id}?wait_seconds=59")
    if told["status"] != "ready":
        raise DatasetUnreadable(told["error"] or told["status"])
    return dataset_id
