"""One request, found again by its id in every program's log, by its trace in every span, and in the metrics."""

import asyncio
import http.server
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from tests.api.service import running_api
from tests.api.specs import digits
from tests.services.keys import bearer, make_key
from tests.worker.workbench import Workbench

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT_ID = "00f067aa0ba902b7"
EPOCHS = 3
TRAIN_ROWS = 1437


class Collector(http.server.ThreadingHTTPServer):
    """Takes OTLP over HTTP."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def named(self) -> dict[str, Any]:
        return {span.name: span for _, span in self.spans if span.trace_id.hex() == TRACE_ID}


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
        for resource in sent.resource_spans:
            (service,) = [one.value.string_value for one in resource.resource.attributes if one.key == "service.name"]
            self.server.spans += [(service, span) for scope in resource.scope_spans for span in scope.spans]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _quick_export(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")


async def test_one_request_is_found_again_everywhere(
    tmp_path: Path, postgres_url: str, broker_url: str, collector: Collector
) -> None:
    bench = Workbench(tmp_path, postgres_url, broker_url)
    worker = await bench.start_worker(LOG_LEVEL="debug", LOG_FORMAT="json", TRACES_URL=collector.url, LEASE_SECONDS="3")
    home = tmp_path / "api"
    home.mkdir()
    places = {"database_url": postgres_url, "broker_url": broker_url, "storage_url": f"file://{bench.home}/storage"}
    try:
        with running_api(home, traces_url=collector.url, **places) as address:
            headers = bearer(await make_key(postgres_url))
            async with httpx.AsyncClient(base_url=address, timeout=30, headers=headers) as client:
                await _follow(client, worker.log, home / "api.log")
                await _check_metrics(client)
        await _check_spans(collector)
    finally:
        await bench.close()


async def _follow(client: httpx.AsyncClient, worker_log: Path, api_log: Path) -> None:
    headers = {"X-Request-ID": "find-me-7", "traceparent": f"00-{TRACE_ID}-{PARENT_ID}-01"}
    made = await client.post("/v1/jobs", json=digits(), headers=headers)
    assert (made.status_code, made.headers["X-Request-ID"]) == (201, "find-me-7")
    job_id = made.json()["id"]
    deadline = time.monotonic() + 60
    while (await client.get(f"/v1/jobs/{job_id}/results")).status_code == 202:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    events = (await client.get(f"/v1/jobs/{job_id}/events")).json()["data"]
    assert events[0]["data"] == {"request_id": "find-me-7"}

    (line,) = lines_of(api_log, "find-me-7")
    assert '"event": "request"' in line
    found = lines_of(worker_log, "find-me-7")
    for event in ("hint", "attempt begins", "attempt ends"):
        assert any(f'"event": "{event}"' in line for line in found)
    assert any(line.endswith(f"The training begins. job_id={job_id} attempt=1 request_id=find-me-7") for line in found)
    assert all(job_id in line for line in found)
    log = (await client.get(f"/v1/jobs/{job_id}/artifacts/logs")).text
    assert re.search(rf"Epoch 3: .* job_id={job_id} attempt=1 request_id=find-me-7", log)


def lines_of(log: Path, word: str) -> list[str]:
    return [line for line in log.read_text().splitlines() if word in line]


async def _check_metrics(client: httpx.AsyncClient) -> None:
    deadline = time.monotonic() + 15
    while True:
        answer = await client.get("/metrics")
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        samples = {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }
        if samples.get(("netcoach_jobs_ended_total", ("code", ""), ("status", "succeeded"))) == 1:
            break
        assert time.monotonic() < deadline, answer.text
        await asyncio.sleep(0.2)
    assert samples["netcoach_training_epochs_total",] == EPOCHS
    assert samples["netcoach_training_samples_total",] == EPOCHS * TRAIN_ROWS
    assert samples["netcoach_trainers_started_total",] == 1
    assert samples["netcoach_attempt_duration_seconds_count",] == 1
    assert samples["netcoach_epoch_duration_seconds_count",] == EPOCHS
    assert samples["netcoach_jobs", ("status", "queued")] == 0
    assert samples["netcoach_workers", ("state", "ready")] == 1
    assert samples["netcoach_worker_slots",] == 1
    for phase in ("load_data", "build", "first_step", "train", "evaluate", "store"):
        assert samples["netcoach_training_phase_seconds_total", ("phase", phase)] > 0
    made = ("netcoach_http_requests_total", ("method", "POST"), ("route", "/v1/jobs"), ("status", "201"))
    assert samples[made] == 1
    assert not re.search(r"(job|worker|req)_[0-9a-z]{16}", answer.text)


async def _check_spans(collector: Collector) -> None:
    deadline = time.monotonic() + 10
    wanted = {"POST /v1/jobs", "create job", "claim", "attempt", "load data", "build", "train", "compile", "evaluate"}
    while not wanted | {"store"} <= set(collector.named()):
        assert time.monotonic() < deadline, sorted(collector.named())
        await asyncio.sleep(0.1)
    spans = collector.named()
    parents = {
        "POST /v1/jobs": PARENT_ID,
        "create job": spans["POST /v1/jobs"].span_id.hex(),
        "claim": spans["create job"].span_id.hex(),
        "attempt": spans["create job"].span_id.hex(),
        "train": spans["attempt"].span_id.hex(),
        "compile": spans["train"].span_id.hex(),
    }
    for name, parent in parents.items():
        assert spans[name].parent_span_id.hex() == parent, name
    for name in ("load data", "build", "train", "evaluate", "store"):
        span, attempt = spans[name], spans["attempt"]
        assert attempt.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= attempt.end_time_unix_nano
    assert [event.name for event in spans["train"].events] == ["epoch"] * EPOCHS
    services = {name: service for service, span in collector.spans for name in [span.name]}
    assert (services["POST /v1/jobs"], services["attempt"]) == ("netcoach-api", "netcoach-worker")
