"""Rows about HTTP: jobs created and read by eight clients at once, a long history read by one; MLflow beside them."""

import asyncio
import json
import statistics
import time
from contextlib import ExitStack
from typing import Any

from bench.databases import NAMES, database
from bench.figures import Finding, Goal, Measure, percentile
from bench.mlflow import MlflowServer, mlflow_server
from bench.programs import HOW_TO_GET
from bench.requests import CLIENTS, Client, Load, Request, load
from bench.seeding import seed
from bench.service import Running, example, service

SECONDS = 4
TURNS = 3
POINTS = 10_000
READS = 10
_BATCH = 1000
JOBS = 500
"""Different ones that are created, over and over."""
PROCESSES = 2
_PEER = "MLflow on SQLite"
_ONE = "one process"


def on_sqlite() -> list[Finding]:
    """Jobs created and read by eight clients, a long history read by one, on the embedded database."""
    return _measured("sqlite")


def on_postgresql() -> list[Finding]:
    """The same on PostgreSQL."""
    return _measured("postgresql")


def by_several_processes() -> list[Finding]:
    """Jobs created and read by eight clients, with several of the API's processes beside one, on each database."""
    return [finding for kind in NAMES for finding in _several_beside_one(kind)]


def _several_beside_one(kind: str) -> list[Finding]:
    with ExitStack() as stack:
        one, several = (_running(stack, kind, processes) for processes in (1, PROCESSES))
        findings: list[Finding] = []
        for verb in ("create", "read"):
            mine: list[Load] = []
            other: list[Load] = []
            for _ in range(TURNS):
                for running, loads in ((several, mine), (one, other)):
                    loads.append(load(running.url, _requests(running, verb), SECONDS, running.headers))
            work = f"{verb} a job, {CLIENTS} clients, {PROCESSES} processes of the API, {NAMES[kind]}"
            rates = [Measure([turn.rate for turn in turns], "/s") for turns in (mine, other)]
            told = f"p50 {_percentile_ms(mine, 50)}, p99 {_percentile_ms(mine, 99)}"
            findings.append(Finding(work, rates[0], None, _ONE, rates[1], [told]))
        return findings


def _running(stack: ExitStack, kind: str, processes: int) -> Running:
    _, settings = stack.enter_context(database(kind))
    return stack.enter_context(service(NETCOACH_WORKER_SLOTS="1", NETCOACH_API_PROCESSES=str(processes), **settings))


def _requests(running: Running, verb: str) -> list[Request]:
    if verb == "create":
        return _new_jobs()
    job_id = running.calls.post("/v1/jobs", waiting_job(0))["id"]
    return [Request("GET", f"/v1/jobs/{job_id}")]


def _new_jobs() -> list[Request]:
    return [Request("POST", "/v1/jobs", json.dumps(waiting_job(number))) for number in range(JOBS)]


def _measured(kind: str) -> list[Finding]:
    with database(kind) as (url, settings):
        seeded = asyncio.run(seed(url, queued=0, ended=1, epochs_each=POINTS))
        with service(NETCOACH_WORKER_SLOTS="1", **settings) as running, mlflow_server() as mlflow:
            row = _Rows(NAMES[kind], running, mlflow)
            return [*row.create(), *row.read(), row.history(seeded.ended[0])]


class _Rows:
    def __init__(self, database_name: str, running: Running, mlflow: MlflowServer | None) -> None:
        self._database_name = database_name
        self._url = running.url
        self._headers = running.headers
        self._calls = running.calls
        self._mlflow = mlflow
        self._notes = [] if mlflow else [HOW_TO_GET]

    def create(self) -> list[Finding]:
        peer = [] if self._mlflow is None else [self._mlflow.create_run()]
        return self._loaded("create", _new_jobs(), peer, Goal(6, is_least=True), Goal(60, is_of_ratio=False))

    def read(self) -> list[Finding]:
        job_id = self._calls.post("/v1/jobs", waiting_job(0))["id"]
        peer = [] if self._mlflow is None else [self._mlflow.get_run(self._mlflow.new_run())]
        return self._loaded("read", [Request("GET", f"/v1/jobs/{job_id}")], peer, Goal(8, is_least=True), None)

    def history(self, job_id: str) -> Finding:
        client = Client(self._url, self._headers)
        request = Request("GET", f"/v1/jobs/{job_id}/metrics?limit={POINTS}")
        ours: list[float] = []
        theirs: list[float] = []
        parsed: list[float] = []
        peer = None if self._mlflow is None else _long_history(self._mlflow)
        for _ in range(TURNS):
            ours.append(_median_ms(client, request))
            parsed.append(_parse_ms(client, request))
            if self._mlflow is not None and peer is not None:
                theirs.append(_median_ms(self._mlflow.client, peer))
        client.close()
        told = f"to the last byte; Python's `json` takes {Measure(parsed, 'ms')} more, and each point has five metrics"
        return Finding(
            f"read a {POINTS:,}-point history, {self._database_name}",
            Measure(ours, "ms"),
            Goal(25, is_of_ratio=False),
            _PEER,
            Measure(theirs, "ms") if theirs else None,
            [told, *self._notes],
        )

    def _loaded(
        self, verb: str, ours: list[Request], peers: list[Request], rate_goal: Goal, p99_goal: Goal | None
    ) -> list[Finding]:
        turns = [(load(self._url, ours, SECONDS, self._headers), self._load_peer(peers)) for _ in range(TURNS)]
        mine = [turn for turn, _ in turns]
        other = [turn for _, turn in turns if turn is not None]
        work = f"{verb} a job, {CLIENTS} clients, {self._database_name}"
        client = Measure([turn.client_ms for turn in mine], "ms")
        rate = Finding(
            work,
            Measure([turn.rate for turn in mine], "/s"),
            rate_goal,
            _PEER,
            Measure([turn.rate for turn in other], "/s") if other else None,
            [f"p50 {_percentile_ms(mine, 50)}; the clients' own CPU time is {client} per request", *self._notes],
        )
        p99 = Finding(
            f"{work}: p99",
            _percentile_ms(mine, 99),
            p99_goal,
            _PEER,
            _percentile_ms(other, 99) if other else None,
        )
        return [rate, p99]

    def _load_peer(self, requests: list[Request]) -> Load | None:
        return None if self._mlflow is None else load(self._mlflow.url, requests, SECONDS)


def _percentile_ms(turns: list[Load], percent: int) -> Measure:
    return Measure([percentile(turn.durations, percent) * 1000 for turn in turns], "ms")


def waiting_job(number: int) -> dict[str, Any]:
    """One of many jobs that differ, which no worker here takes, so that training does not disturb the measurement."""
    job = example("digits")
    job |= {"name": f"digits, {number}", "resources": {"accelerator": "gpu"}}
    job["training"] |= {"seed": number, "optimizer": {"type": "Adam", "learning_rate": 0.001 + number * 1e-6}}
    job["network"]["layers"][1]["units"] = 64 + number % 64
    return job


def _long_history(mlflow: MlflowServer) -> Request:
    run_id = mlflow.new_run()
    for start in range(0, POINTS, _BATCH):
        batch = [("loss", 1 / (step + 1), step) for step in range(start, start + _BATCH)]
        mlflow.client.send(mlflow.log_batch(run_id, batch))
    return mlflow.get_history(run_id, "loss", POINTS)


def _median_ms(client: Client, request: Request) -> float:
    return statistics.median(client.send(request)[1] for _ in range(READS)) * 1000


def _parse_ms(client: Client, request: Request) -> float:
    content, _ = client.send(request)
    began = time.perf_counter()
    points: list[Any] = json.loads(content)["data"]
    seconds = time.perf_counter() - began
    if len(points) != POINTS:
        raise RuntimeError(f"the history has {len(points)} points, not {POINTS}")
    return seconds * 1000
